# %% [markdown]
# # Häuser
# The equation is $h_t = \tanh(W h_{t-1})$.

# %%
from cs231n_rnn.layers.tiny import scale

scale(2.0)

# %% [markdown]
# **Question.** Why is it "between" 0 and 2?
#
# # BEGIN SOLUTION
# Because σ is between 0 and 1.
# # END SOLUTION

# %% tags=["parameters"]
steps = 100
