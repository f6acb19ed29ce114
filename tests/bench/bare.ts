import { createServer } from "node:http";

/** The reference: a Node server that parses the body of a POST and answers 204. A server that also counts cannot be faster. */
const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    body += chunk;
  });
  request.on("end", () => {
    JSON.parse(body);
    response.writeHead(204, { "Content-Length": "0" }).end();
  });
});
server.listen(Number(process.env.PORT), "127.0.0.1");
