import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Answer = ServerResponse<IncomingMessage>;

/** What waits for each connection's end. One listener serves all of it, however many requests come over the connection. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** Whether an answer has left us, or never will because its client has gone. */
export const hasEnded = (answer: Answer): boolean => answer.destroyed || answer.req.socket.destroyed;

/**
 * Resolves when an answer has left us, or its client has gone. An answer that waits behind another one of its connection is told
 * nothing by Node when that closes, so the connection is listened to, too.
 */
export const ended = (answer: Answer): Promise<void> =>
  new Promise(resolve => {
    if (hasEnded(answer)) return resolve();
    const ofConnection = waitingFor(answer.req.socket);
    const end = (): void => {
      ofConnection.delete(end);
      answer.off('close', end);
      resolve();
    };
    ofConnection.add(end);
    answer.once('close', end);
  });

const waitingFor = (socket: Socket): Set<() => void> => {
  const known = waiting.get(socket);
  if (known !== undefined) return known;
  const ends = new Set<() => void>();
  waiting.set(socket, ends);
  socket.once('close', () => {
    for (const end of ends) end();
  });
  return ends;
};
