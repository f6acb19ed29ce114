import ipaddr from "ipaddr.js";

/** Whether only programs on this machine reach what listens on this host. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || (ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback");
