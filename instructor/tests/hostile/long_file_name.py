"""Makes a file whose name is longer than a file system takes."""


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    with open("/tmp/" + "n" * 300, "w") as file:
        file.write("100")
