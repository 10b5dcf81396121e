import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import { proxyPage } from './messages.ts';

/** A page of somebody between us and AWS: it has no request id of AWS, and the Date of whoever made it. */
const sendHtml = (response: ServerResponse, status: number): void => {
  response.removeHeader('x-amzn-RequestId');
  response.writeHead(status, { 'Content-Type': 'text/html' }).end(proxyPage);
};

/** Sends an answer as badly as the fault asks. The response's own headers have been set. */
export const sendFaulty = (response: ServerResponse, fault: Fault | undefined, status: number, body: string): void => {
  const bytes = Buffer.from(body);
  const half = bytes.subarray(0, bytes.length >> 1);
  const announce = () => response.writeHead(status, { 'Content-Length': bytes.length });
  switch (fault?.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'stall':
      return;
    case 'slow': {
      const late = setTimeout(() => announce().end(bytes), (fault.delaySeconds ?? 1) * 1000);
      response.once('close', () => clearTimeout(late));
      return;
    }
    case 'stall_body':
      announce().write(half);
      return;
    case 'truncate':
      announce().write(half, () => response.socket?.destroySoon());
      return;
    case 'drip': {
      announce().flushHeaders();
      let sent = 0;
      const drip = setInterval(() => {
        response.write(bytes.subarray(sent, sent + 1));
        sent += 1;
        if (sent >= bytes.length) response.end();
      }, 100);
      response.once('close', () => clearInterval(drip));
      return;
    }
    case 'empty':
      response.writeHead(200, { 'Content-Length': 0 }).end();
      return;
    case 'html_200':
      sendHtml(response, 200);
      return;
    case 'html_503':
      sendHtml(response, 503);
      return;
    default:
      announce().end(bytes);
  }
};
