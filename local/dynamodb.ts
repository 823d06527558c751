/**
 * DynamoDB: dynalite behind our door. It listens on a socket in a directory of our own that nobody else can enter, never on a port, and what would
 * end it (a body that is no object) never reaches it. TTL settings are kept by us: dynalite knows none, and readers filter on `ttl` as on AWS.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from './iam/access.ts';
import { AwsError, type Service, type ServiceRequest } from './service.ts';

interface Options {
  readonly access: Access;
  readonly account: string;
  readonly region: string;
  /** null: in memory. */
  readonly dir: string | null;
}

export class DynamoDb implements Service {
  readonly name = 'dynamodb';
  readonly #options: Options;
  readonly #ttl = new Map<string, unknown>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #home = mkdtempSync(join(tmpdir(), 'brine-dynamodb-'));
  #server: Server | null = null;
  #ready: Promise<void> | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Loads and opens dynalite; the first request waits for it. */
  start(): Promise<void> {
    this.#ready ??= this.#open();
    return this.#ready;
  }

  async #open(): Promise<void> {
    const { default: dynalite } = (await import('dynalite')) as unknown as { default: (options: object) => Server };
    const { dir } = this.#options;
    this.#server = dynalite({
      ...(dir && { path: dir }),
      createTableMs: 0,
      deleteTableMs: 0,
      updateTableMs: 0,
      maxItemSizeKb: 400,
    });
    await new Promise<void>((resolve, reject) => this.#server?.once('error', reject).listen(join(this.#home, 'socket'), resolve));
  }

  async handle(request: ServiceRequest) {
    const table = String(request.input.TableName ?? '');
    const { access, account, region } = this.#options;
    for (const name of tablesOf(request.input, table)) {
      const resource = name ? `arn:aws:dynamodb:${region}:${account}:table/${name}` : '*';
      access.authorize(request.caller, { action: `dynamodb:${request.operation}`, resource });
    }
    if (request.operation === 'UpdateTimeToLive') {
      this.#ttl.set(table, request.input.TimeToLiveSpecification);
      return { body: { TimeToLiveSpecification: request.input.TimeToLiveSpecification } };
    }
    if (request.operation === 'DescribeTimeToLive') {
      const spec = this.#ttl.get(table) as { AttributeName?: string } | undefined;
      return {
        body: {
          TimeToLiveDescription: spec
            ? { TimeToLiveStatus: 'ENABLED', AttributeName: spec.AttributeName }
            : { TimeToLiveStatus: 'DISABLED' },
        },
      };
    }
    await this.start();
    return this.#pass(request);
  }

  #pass(request: ServiceRequest): Promise<{ status: number; headers: Record<string, string>; body: string }> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${request.operation}`,
        authorization: String(request.headers.authorization ?? ''),
        'x-amz-date': String(request.headers['x-amz-date'] ?? ''),
        host: 'dynamodb.local',
        'content-length': Buffer.byteLength(request.text),
      };
      const inner = httpRequest(
        { socketPath: join(this.#home, 'socket'), path: '/', method: 'POST', headers, agent: this.#agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const crc = response.headers['x-amz-crc32'];
            resolve({
              status: response.statusCode ?? 500,
              headers: crc ? { 'x-amz-crc32': String(crc) } : {},
              body: Buffer.concat(chunks).toString('utf8'),
            });
          });
        },
      );
      inner.on('error', (error) => reject(new AwsError('InternalServerError', error.message, { status: 500 })));
      inner.end(request.text);
    });
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await this.#ready;
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
    rmSync(this.#home, { recursive: true, force: true });
  }
}

function tablesOf(input: Readonly<Record<string, unknown>>, table: string): readonly string[] {
  const items = input.RequestItems;
  return typeof items === 'object' && items !== null ? Object.keys(items) : [table];
}
