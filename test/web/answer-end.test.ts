import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ended, hasEnded } from '../../src/web/answer-end.ts';
import { cleanups, dial, requestOf } from './serving.ts';

type Answer = ServerResponse<IncomingMessage>;

/** A server that leaves its answers to the test. */
const serveAnswers = async (onAnswer: (answer: Answer) => void) => {
  const server = createServer((_request, answer) => onAnswer(answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
};

const REQUEST = requestOf('GET', '/', { Connection: 'keep-alive' });

describe('the end of an answer', () => {
  it('is when it has left us', async () => {
    const answers: Answer[] = [];
    const port = await serveAnswers(answer => {
      answers.push(answer);
      answer.end('x');
      expect(hasEnded(answer)).toBe(false);
    });
    await once(await dial(port, REQUEST), 'data');
    for (const answer of answers) await ended(answer);
    expect(answers.map(hasEnded)).toEqual([true]);
  });

  it('is when its client has gone, though it waits behind another answer', async () => {
    const answers: Answer[] = [];
    let untilAll = (): void => {};
    const all = new Promise<void>(resolve => {
      untilAll = resolve;
    });
    const port = await serveAnswers(answer => {
      answers.push(answer);
      if (answers.length === 50) untilAll();
    });
    const socket = await dial(port, REQUEST.repeat(50));
    await all;
    const waiting = answers.map(ended);
    expect(answers.some(hasEnded)).toBe(false);
    socket.destroy();
    await Promise.all(waiting);
    expect(answers.every(hasEnded)).toBe(true);
    // Who asks afterwards does not wait.
    await Promise.all(answers.map(ended));
  });

  it('is waited for with one listener for each connection, however many requests come over it', async () => {
    const listeners: number[] = [];
    const port = await serveAnswers(answer => {
      const { socket } = answer.req;
      const before = socket.listenerCount('close');
      void ended(answer);
      void ended(answer);
      listeners.push(socket.listenerCount('close') - before);
      setImmediate(() => answer.end());
    });
    const socket = await dial(port, REQUEST.repeat(20));
    socket.resume();
    while (listeners.length < 20) await new Promise(setImmediate);
    expect(listeners).toEqual([1, ...Array(19).fill(0)]);
  });

  it('lets go of answers whose connection stays open', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const past: WeakRef<Answer>[] = [];
    const port = await serveAnswers(answer => {
      past.push(new WeakRef(answer));
      void ended(answer);
      answer.end('.');
    });
    const socket = await dial(port);
    for (let request = 0; request < 100; request += 1) {
      socket.write(REQUEST);
      await once(socket, 'data');
    }
    // Whatever still ends after the last answer, and a full collection behind it.
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise(setImmediate);
      collectGarbage();
    }
    const kept = past.filter(answer => answer.deref() !== undefined);
    expect(past).toHaveLength(100);
    expect(kept.length, 'Node itself may hold the last ones').toBeLessThan(10);
  });
});
