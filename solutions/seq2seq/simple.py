"""Sequence to sequence as a good student writes it: every layer over the padded minibatch."""


class Seq2Seq:
    def encode(self, source):
        p = self.params
        N = len(source)
        x, embed_cache = word_embedding_forward(source, p["W_source"])
        h0 = np.zeros((N, self.hidden_dim), dtype=x.dtype)
        states, lstm_cache = lstm_forward(x, h0, p["Wx_encoder"], p["Wh_encoder"], p["b_encoder"])
        last = states[np.arange(N), lengths - 1]
        return last, states, (lengths, embed_cache, lstm_cache)

    def encode_backward(self, dlast, dstates, cache):
        lengths, embed_cache, lstm_cache = cache
        N = len(dlast)
        dh = np.array(dstates)
        dh[np.arange(N), lengths - 1] += dlast
        dx, _, dWx, dWh, db = lstm_backward(dh, lstm_cache)
        dW = word_embedding_backward(dx, embed_cache)
        return {"W_source": dW, "Wx_encoder": dWx, "Wh_encoder": dWh, "b_encoder": db}

    def loss(self, source, target):
        p = self.params
        h0, states, encoder_cache = self.encode(source)
        x, embed_cache = word_embedding_forward(target_in, p["W_target"])
        Wx, Wh, b = p["Wx_decoder"], p["Wh_decoder"], p["b_decoder"]
        if self.attention:
            h, _, h_cache = attention_lstm_forward(x, h0, states, Wx, Wh, b, mask=counts)
        else:
            h, h_cache = lstm_forward(x, h0, Wx, Wh, b)
        scores, vocab_cache = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, target_out, mask)

        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        if self.attention:
            dx, dh0, dstates, dWx, dWh, db = attention_lstm_backward(dh, h_cache)
        else:
            dx, dh0, dWx, dWh, db = lstm_backward(dh, h_cache)
            dstates = np.zeros_like(states)
        grads["Wx_decoder"], grads["Wh_decoder"], grads["b_decoder"] = dWx, dWh, db
        grads["W_target"] = word_embedding_backward(dx, embed_cache)
        grads.update(self.encode_backward(dh0, dstates, encoder_cache))
        return loss, grads

    def step(self, state, symbols):
        p = self.params
        x = p["W_target"][symbols]  # (N, W)
        Wx, Wh, b = p["Wx_decoder"], p["Wh_decoder"], p["b_decoder"]
        if self.attention:
            h, c, states, counts, _ = state
            h, c, weights, _ = attention_lstm_step_forward(x, h, c, states, Wx, Wh, b, counts)
            state = (h, c, states, counts, weights)
        else:
            h, c = state
            h, c, _ = lstm_step_forward(x, h, c, Wx, Wh, b)
            state = (h, c)
        scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
        return scores, state
