import { createContext, useContext } from "react";

/** The nonce of this response's Content-Security-Policy. Empty in the browser, which hides nonces from scripts. */
export const Nonce = createContext("");

/** The nonce for an inline script of this response. */
export const useNonce = () => useContext(Nonce);
