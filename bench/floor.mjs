// The floor of all scrapes: node:http that writes a constant buffer. /gzip and /plain are as large as what they are compared with.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [folder] = process.argv.slice(2);
const bodies = {
  '/gzip': { body: readFileSync(`${folder}/gzip`), headers: { 'Content-Encoding': 'gzip' } },
  '/plain': { body: readFileSync(`${folder}/plain`), headers: {} },
};
const server = createServer((request, response) => {
  const { body, headers } = bodies[request.url];
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length, ...headers }).end(body);
});
server.listen(0, '127.0.0.1', () => process.send({ endpoint: `http://127.0.0.1:${server.address().port}` }));
