// A Glue that answers every request with the page it is told, in a process of its own so that it costs the measured one nothing.
import { createServer } from 'node:http';

const pages = new Map();
process.on('message', ({ page, body }) => pages.set(page, Buffer.from(body)));

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    const { MaxResults } = JSON.parse(Buffer.concat(chunks).toString());
    const body = pages.get(MaxResults);
    response.writeHead(200, {
      'Content-Type': 'application/x-amz-json-1.1',
      'Content-Length': body.byteLength,
      'x-amzn-RequestId': '5b0c2a3e-3a53-4f0e-9f0a-2d3a4b5c6d7e',
    });
    response.end(body);
  });
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit(0));
