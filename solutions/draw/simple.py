"""DRAW as a good student writes it."""


class DRAW:
    def encode_step(self, x, canvas, prev_h_enc, prev_c_enc, prev_h_dec):
        p = self.params
        N, K = len(x), self.read_size
        # What the canvas still lacks.
        drawn = sigmoid(canvas)
        error = x - drawn
        # Where to read, and what is there.
        window, window_cache = affine_forward(prev_h_dec, p["W_read"], p["b_read"])
        image_glimpse, image_cache = read_forward(x, window, K)
        error_glimpse, error_cache = read_forward(error, window, K)
        image_numbers = image_glimpse.reshape(N, K * K)
        error_numbers = error_glimpse.reshape(N, K * K)
        seen = np.concatenate([image_numbers, error_numbers, prev_h_dec], axis=1)
        h_enc, c_enc, lstm_cache = lstm_step_forward(
            seen, prev_h_enc, prev_c_enc, p["Wx_enc"], p["Wh_enc"], p["b_enc"]
        )
        # The code.
        mu, mu_cache = affine_forward(h_enc, p["W_mu"], p["b_mu"])
        log_sigma, sigma_cache = affine_forward(h_enc, p["W_sigma"], p["b_sigma"])
        caches = window_cache, image_cache, error_cache, lstm_cache, mu_cache, sigma_cache
        cache = drawn, caches
        return mu, log_sigma, h_enc, c_enc, cache

    def encode_step_backward(self, dmu, dlog_sigma, dh_enc, dc_enc, cache):
        drawn, caches = cache
        window_cache, image_cache, error_cache, lstm_cache, mu_cache, sigma_cache = caches
        N, K = len(drawn), self.read_size
        grads = {}
        # The code.
        dh_mu, grads["W_mu"], grads["b_mu"] = affine_backward(dmu, mu_cache)
        dh_sigma, grads["W_sigma"], grads["b_sigma"] = affine_backward(dlog_sigma, sigma_cache)
        dh = dh_enc + dh_mu + dh_sigma
        # The encoder.
        dseen, dprev_h_enc, dprev_c_enc, dWx, dWh, db = lstm_step_backward(dh, dc_enc, lstm_cache)
        grads["Wx_enc"] = dWx
        grads["Wh_enc"] = dWh
        grads["b_enc"] = db
        dimage_numbers = dseen[:, : K * K]
        derror_numbers = dseen[:, K * K : 2 * K * K]
        dprev_h_dec = dseen[:, 2 * K * K :]
        # Two glimpses through one window.
        dimage_glimpse = dimage_numbers.reshape(N, K, K)
        derror_glimpse = derror_numbers.reshape(N, K, K)
        _, dwindow_image = read_backward(dimage_glimpse, image_cache)
        derror, dwindow_error = read_backward(derror_glimpse, error_cache)
        dwindow = dwindow_image + dwindow_error
        dh_window, grads["W_read"], grads["b_read"] = affine_backward(dwindow, window_cache)
        dprev_h_dec = dprev_h_dec + dh_window
        # error = x - sigmoid(canvas)
        dcanvas = -derror * drawn * (1 - drawn)
        return dcanvas, dprev_h_enc, dprev_c_enc, dprev_h_dec, grads

    def decode_step(self, z, canvas, prev_h_dec, prev_c_dec):
        p = self.params
        N, K = len(z), self.write_size
        h_dec, c_dec, lstm_cache = lstm_step_forward(
            z, prev_h_dec, prev_c_dec, p["Wx_dec"], p["Wh_dec"], p["b_dec"]
        )
        # Where to write, and what.
        window, window_cache = affine_forward(h_dec, p["W_write"], p["b_write"])
        patch_numbers, patch_cache = affine_forward(h_dec, p["W_patch"], p["b_patch"])
        patch = patch_numbers.reshape(N, K, K)
        stroke, write_cache = write_forward(patch, window, self.shape)
        next_canvas = canvas + stroke
        cache = lstm_cache, window_cache, patch_cache, write_cache
        return next_canvas, h_dec, c_dec, window, cache

    def decode_step_backward(self, dcanvas, dh_dec, dc_dec, cache):
        lstm_cache, window_cache, patch_cache, write_cache = cache
        N, K = len(dcanvas), self.write_size
        grads = {}
        # next_canvas = canvas + stroke
        dprev_canvas = dcanvas
        dstroke = dcanvas
        dpatch, dwindow = write_backward(dstroke, write_cache)
        dpatch_numbers = dpatch.reshape(N, K * K)
        dh_patch, grads["W_patch"], grads["b_patch"] = affine_backward(dpatch_numbers, patch_cache)
        dh_window, grads["W_write"], grads["b_write"] = affine_backward(dwindow, window_cache)
        dh = dh_dec + dh_patch + dh_window
        # The decoder.
        dz, dprev_h_dec, dprev_c_dec, dWx, dWh, db = lstm_step_backward(dh, dc_dec, lstm_cache)
        grads["Wx_dec"] = dWx
        grads["Wh_dec"] = dWh
        grads["b_dec"] = db
        return dz, dprev_canvas, dprev_h_dec, dprev_c_dec, grads
