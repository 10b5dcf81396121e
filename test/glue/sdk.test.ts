import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readJobs } from '../../src/collectors/jobs/definitions.ts';
import { readJobRuns } from '../../src/collectors/jobs/runs.ts';
import { DIRECT } from '../../src/glue/network.ts';
import { connectSdk } from '../../src/glue/sdk.ts';
import { createWire, newExchange } from '../../src/glue/wire.ts';
import { describeWith, tool } from '../tools.ts';
import { createCertificateFolder } from '../web/certificates.ts';
import { connect, failureOf, place } from './connect.ts';

const JSON_TYPE = { 'Content-Type': 'application/x-amz-json-1.1' };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const portOf = async (server: Server, host: string): Promise<number> => {
  servers.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  const { port }: AddressInfo = JSON.parse(JSON.stringify(server.address()));
  return port;
};

const serve = async (answer: RequestListener, host = '127.0.0.1') => {
  const server = createServer(answer);
  const port = await portOf(server, host);
  return { server, endpoint: `http://${host.includes(':') ? `[${host}]` : host}:${port}` };
};

/** A Glue that answers everything with the same text. */
const answering = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE) =>
  serve((_request, response) => response.writeHead(200, headers).end(body));

const jobsOf = async (body: string | Buffer, headers?: Record<string, string>) =>
  readJobs(connect((await answering(body, headers)).endpoint).glue);

describe('a request', () => {
  it('is signed, says what it asks, and who asks', async () => {
    const requests: IncomingMessage[] = [];
    const bodies: string[] = [];
    const { endpoint } = await serve((request, response) => {
      requests.push(request);
      request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on('end', () => response.writeHead(200, JSON_TYPE).end('{"JobRuns":[]}'));
    });
    await readJobRuns(connect(endpoint).glue, { name: 'étl' }, 7, undefined);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/',
      headers: {
        host: new URL(endpoint).host,
        'x-amz-target': 'AWSGlue.GetJobRuns',
        'content-type': 'application/x-amz-json-1.1',
        'content-length': `${Buffer.byteLength(bodies.join(''))}`,
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIATESTTESTTESTTEST\/\d{8}\/eu-west-1\/glue\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/,
        ),
        'user-agent': expect.stringMatching(/^aws-sdk-js\/3\./),
      },
    });
    expect(JSON.parse(bodies.join(''))).toEqual({ JobName: 'étl', MaxResults: 7 });
  });

  it('goes over a connection that is kept open', async () => {
    const { server, endpoint } = await answering('{"Jobs":[]}');
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    const { glue } = connect(endpoint);
    for (const _poll of [1, 2, 3]) await readJobs(glue);
    expect(connections).toBe(1);
  });

  it('goes to the path of the endpoint, and to IPv6 addresses', async () => {
    const urls: (string | undefined)[] = [];
    const { endpoint } = await serve((request, response) => {
      urls.push(request.url);
      response.writeHead(200, JSON_TYPE).end('{"Jobs":[]}');
    }, '::1');
    await readJobs(connect(`${endpoint}/glue`).glue);
    expect(urls).toEqual(['/glue/']);
  });

  it('frees its connection when it is given up', async () => {
    let requests = 0;
    const { endpoint } = await serve((_request, response) => {
      requests += 1;
      if (requests > 1) response.writeHead(200, JSON_TYPE).end('{"Jobs":[]}');
    });
    const { glue } = connect(endpoint, { maxSockets: 1, requestTimeoutSeconds: 1 });
    expect(await failureOf(readJobs(glue))).toMatchObject({ reason: 'timeout' });
    expect(await readJobs(glue)).toEqual([]);
  });

  it('is not sent any more when nobody waits for it, as when its credentials come too late', async () => {
    let requests = 0;
    const { endpoint } = await serve((_request, response) => {
      requests += 1;
      response.writeHead(200, JSON_TYPE).end('{"Jobs":[]}');
    });
    const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'secret' };
    const wire = createWire({ network: DIRECT, maxSockets: 1, connectMs: 1000 });
    const sdk = connectSdk({ region: place.region, endpoint, credentials }, wire, () => {});
    await expect(sdk.send('GetJobs', {}, { ...newExchange(), isOver: true })).rejects.toThrow('given up');
    expect(requests).toBe(0);
    expect(await sdk.send('GetJobs', {}, newExchange())).toEqual({ Jobs: [] });
    sdk.destroy();
  });
});

describe('an answer', () => {
  it('may come in many pieces, torn within a character', async () => {
    const body = Buffer.from(JSON.stringify({ Jobs: [{ Name: 'étl-ünïcode-日本' }] }));
    const { endpoint } = await serve(async (_request, response) => {
      response.writeHead(200, JSON_TYPE);
      for (const byte of body) {
        response.write(Buffer.of(byte));
        await new Promise(resolve => setImmediate(resolve));
      }
      response.end();
    });
    expect((await readJobs(connect(endpoint).glue)).map(({ name }) => name)).toEqual(['étl-ünïcode-日本']);
  });

  it.each(['', '{}', 'null', '[]', '5', '"Jobs"', '{"Jobs":null}', '{"Jobs":{}}'])(
    '%s lacks everything',
    async body => {
      expect(await failureOf(jobsOf(body))).toMatchObject({
        reason: 'bad_response',
        scope: 'target',
        message: 'GetJobs: Jobs is missing',
      });
    },
  );

  it.each([
    ['broken off', '{"Jobs":[{"Name":"etl"'],
    ['HTML', '<html>a proxy</html>'],
    ['compressed, which nobody asked for', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
    ['after a byte order mark', '\ufeff{"Jobs":[]}'],
  ])('that is %s cannot be understood', async (_what, body) => {
    expect(await failureOf(jobsOf(body))).toMatchObject({
      reason: 'bad_response',
      scope: 'target',
      message: 'GetJobs: the answer could not be understood',
    });
  });

  it('with a malformed item concerns that listing only', async () => {
    expect(await failureOf(jobsOf('{"Jobs":[null]}'))).toMatchObject({
      reason: 'bad_response',
      scope: 'entity',
      message: 'GetJobs: Jobs has a malformed item',
    });
  });

  it('may have fields that nobody knows, and a prototype', async () => {
    const jobs = await jobsOf('{"Jobs":[{"Name":"etl","New":{"a":[1]},"__proto__":{"Timeout":5}}],"__type":"x"}');
    expect(jobs).toMatchObject([{ name: 'etl', timeoutSeconds: undefined }]);
  });

  it('that speaks another protocol is none, and its connection is closed', async () => {
    const ends: Promise<unknown>[] = [];
    const { endpoint } = await serve(({ socket }, response) => {
      ends.push(
        once(
          socket.resume().on('error', () => {}),
          'close',
        ),
      );
      response.detachSocket(socket);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nwelcome');
    });
    const { glue } = connect(endpoint, { maxSockets: 1 });
    for (const poll of [1, 2]) {
      expect(await failureOf(readJobs(glue))).toMatchObject({
        reason: 'bad_response',
        scope: 'target',
        message: 'GetJobs: the answer could not be understood',
      });
      expect(ends).toHaveLength(poll);
      await Promise.all(ends);
    }
  });

  it('that never comes, because the connection is closed, is a network failure', async () => {
    const { endpoint } = await serve(request => request.socket.end());
    expect(await failureOf(readJobs(connect(endpoint).glue))).toMatchObject({ reason: 'network' });
  });

  it('may be the last on its connection, which is closed before the answer is read', async () => {
    const body = JSON.stringify({ Jobs: [{ Name: 'x'.repeat(200_000) }] });
    const { endpoint } = await serve((_request, response) =>
      response.writeHead(200, { ...JSON_TYPE, Connection: 'close' }).end(body),
    );
    const { glue } = connect(endpoint);
    for (const _poll of [1, 2, 3]) expect((await readJobs(glue)).map(({ name }) => name.length)).toEqual([200_000]);
  });

  it('that leads elsewhere is none', async () => {
    const { endpoint } = await serve((_request, response) => response.writeHead(302, { Location: '/' }).end());
    expect(await failureOf(readJobs(connect(endpoint).glue))).toMatchObject({ reason: 'other' });
  });
});

describe('the SDK', () => {
  it('is not asked to read good answers: it would copy every field of them', async () => {
    // To its schema the date is no date.
    const body = '{"JobRuns":[{"Id":"jr_1","JobRunState":"RUNNING","Arguments":{"--a":5},"StartedOn":"yesterday"}]}';
    const { endpoint } = await answering(body);
    const failure = await failureOf(readJobRuns(connect(endpoint).glue, { name: 'etl' }, 10, undefined));
    expect(failure.message).toBe('GetJobRuns: StartedOn is a malformed string');
  });
});

const openssl = tool('openssl');
describeWith(openssl, 'over TLS', path => {
  it('a certificate that nobody vouches for is a network failure', async () => {
    const folder = createCertificateFolder(path);
    try {
      const { key, cert } = folder.make('localhost', { alternativeNames: 'DNS:localhost,IP:127.0.0.1' });
      const port = await portOf(createTlsServer({ key, cert }), '127.0.0.1');
      const failure = await failureOf(readJobs(connect(`https://127.0.0.1:${port}`).glue));
      expect(failure).toMatchObject({ reason: 'network' });
      expect(failure.message).toMatch(/self.signed certificate/);
    } finally {
      folder.remove();
    }
  });
});
