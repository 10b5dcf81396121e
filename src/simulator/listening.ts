import type { Server } from 'node:http';

/** A server that can stop listening and listen again where it did before. */
export interface Listening {
  readonly port: number;
  /** Refuses connections, and cuts those that are open. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
}

const listenOn = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Begins to listen; port 0 takes any free one. Rejects when the port is taken. */
export const startListening = async (server: Server, port: number, host: string): Promise<Listening> => {
  await listenOn(server, port, host);
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: actualPort,
    pause: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    resume: () => (server.listening ? Promise.resolve() : listenOn(server, actualPort, host)),
  };
};
