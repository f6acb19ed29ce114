import { createContext, useContext } from "react";

/** The nonce of this response's Content-Security-Policy. Empty in the browser, which hides nonces from scripts. */
export const Nonce = createContext("");

export const useNonce = () => useContext(Nonce);
