/**
 * DynamoDB: dynalite behind our door. It listens on a socket in a directory of our own that nobody else can enter, never on a port, and what would
 * end it (a body that is no object) never reaches it. TTL settings are kept by us: dynalite knows none, so we delete what is over, as AWS does in time.
 */
import { EventEmitter } from 'node:events';
import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Access } from './iam/access.ts';
import { AwsError, type Service, type ServiceRequest } from './service.ts';
import { shaped, struct, text } from './shape.ts';
import { type Journal, noJournal } from './store/journal.ts';
import { syncLevel } from './store/level.ts';
import { makeTemporary } from './temporary.ts';

interface Options {
  readonly access: Access;
  readonly account: string;
  readonly region: string;
  /** null: in memory. */
  readonly dir: string | null;
  readonly now: () => number;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

type TtlRecord = { readonly op: 'ttl'; readonly table: string; readonly attribute: string | null };

const ttlInput = struct({
  TableName: text,
  TimeToLiveSpecification: struct({ AttributeName: v.pipe(text, v.minLength(1), v.maxLength(255)), Enabled: v.boolean() }),
});

/** Milliseconds between two looks for items whose time is over. AWS takes up to days. */
const SWEEP = 3_600_000;
const READS = /^(Get|BatchGet|Query|Scan|Describe|List)/;

export class DynamoDb implements Service {
  readonly name = 'dynamodb';
  journal: Journal = noJournal;
  readonly #options: Options;
  /** Table → the attribute that holds its items' end, in seconds. */
  readonly #ttl = new Map<string, string>();
  readonly #home = makeTemporary('dynamodb');
  readonly #sweeper: NodeJS.Timeout;
  readonly #sync: () => Promise<void>;
  #server: Server | null = null;
  #ready: Promise<void> | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#sync = options.dir === null ? async () => {} : syncLevel(options.dir);
    this.#sweeper = setInterval(() => void this.sweep().catch(() => {}), SWEEP);
    this.#sweeper.unref();
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
    const { access, account, region } = this.#options;
    for (const name of tablesOf(request.input)) {
      const resource = name ? `arn:aws:dynamodb:${region}:${account}:table/${name}` : '*';
      access.authorize(request.caller, { action: `dynamodb:${request.operation}`, resource });
    }
    if (request.operation === 'UpdateTimeToLive') return this.#setTtl(shaped(ttlInput, request.input));
    if (request.operation === 'DescribeTimeToLive') return { body: { TimeToLiveDescription: this.#ttlOf(request.input) } };
    const answer = await this.#ask(request.operation, JSON.stringify(checked(request.input)));
    // Dynalite says no more than that it does not know.
    if (answer.status === 400 && answer.body.includes('UnknownOperationException'))
      throw new AwsError('UnknownOperationException', `DynamoDB here has no ${request.operation}`);
    if (!READS.test(request.operation)) await this.#sync();
    return answer;
  }

  apply({ table, attribute }: TtlRecord): void {
    if (attribute === null) this.#ttl.delete(table);
    else this.#ttl.set(table, attribute);
  }

  *snapshot(): Iterable<TtlRecord> {
    for (const [table, attribute] of this.#ttl) yield { op: 'ttl', table, attribute };
  }

  /** Deletes the items whose time is over; resolves to their number. A condition keeps one that was written anew meanwhile. */
  async sweep(): Promise<number> {
    let gone = 0;
    for (const [TableName, attribute] of this.#ttl) {
      const values = { ':now': { N: String(Math.floor(this.#options.now() / 1000)) } };
      const over = { ExpressionAttributeNames: { '#ttl': attribute }, ExpressionAttributeValues: values };
      const keys = await this.#keysOf(TableName);
      const names = Object.fromEntries(keys.map((key, i) => [`#k${i}`, key]));
      let ExclusiveStartKey: unknown;
      do {
        const page = await this.#own('Scan', {
          TableName,
          ...over,
          ExpressionAttributeNames: { ...over.ExpressionAttributeNames, ...names },
          ProjectionExpression: Object.keys(names).join(', '),
          FilterExpression: '#ttl < :now',
          ...(ExclusiveStartKey !== undefined && { ExclusiveStartKey }),
        });
        for (const Key of page.Items ?? []) {
          await this.#own('DeleteItem', { TableName, Key, ConditionExpression: '#ttl < :now', ...over });
          gone += 1;
        }
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
    }
    return gone;
  }

  async #setTtl({ TableName, TimeToLiveSpecification: wanted }: v.InferOutput<typeof ttlInput>) {
    await this.#keysOf(TableName);
    const record = { op: 'ttl', table: TableName, attribute: wanted.Enabled ? wanted.AttributeName : null } as const;
    await this.journal.append(record satisfies TtlRecord);
    this.apply(record);
    return { body: { TimeToLiveSpecification: wanted } };
  }

  #ttlOf(input: ServiceRequest['input']) {
    const AttributeName = this.#ttl.get(String(input.TableName ?? ''));
    return AttributeName === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName };
  }

  /** Throws AWS's ResourceNotFoundException for a table that is not there. */
  async #keysOf(TableName: string): Promise<readonly string[]> {
    const { Table } = await this.#own('DescribeTable', { TableName });
    return (Table?.KeySchema ?? []).map(({ AttributeName }) => AttributeName);
  }

  async #own(operation: string, input: object): Promise<OwnAnswer> {
    const { status, body } = await this.#ask(operation, JSON.stringify(input));
    if (status === 200) return JSON.parse(body) as OwnAnswer;
    const { __type = '', message = '' } = JSON.parse(body) as { __type?: string; message?: string };
    if (__type.endsWith('ConditionalCheckFailedException')) return {};
    throw new AwsError(__type.split('#').at(-1) ?? 'InternalServerError', message, { status });
  }

  /** Hands dynalite a request as its server would: another round of HTTP inside of one process would cost more than what it asks for. */
  async #ask(operation: string, body: string): Promise<Answer> {
    await this.start();
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = {};
      const request = Object.assign(new EventEmitter(), { method: 'POST', url: '/', headers: headersOf(operation) });
      const response = {
        statusCode: 200,
        setHeader: (name: string, value: unknown) => {
          headers[name.toLowerCase()] = String(value);
        },
        end: (text = '') => {
          const crc = headers['x-amz-crc32'];
          resolve({ status: response.statusCode, headers: crc ? { 'x-amz-crc32': crc } : {}, body: text });
        },
      };
      try {
        this.#server?.emit('request', request, response);
        request.emit('data', Buffer.from(body));
        request.emit('end');
      } catch (error) {
        reject(new AwsError('InternalServerError', String(error), { status: 500 }));
      }
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await this.#ready?.catch(() => {});
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
    rmSync(this.#home, { recursive: true, force: true });
  }
}

interface OwnAnswer {
  readonly Table?: { readonly KeySchema: readonly { readonly AttributeName: string }[] };
  readonly Items?: readonly object[];
  readonly LastEvaluatedKey?: object;
}

function headersOf(operation: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    // Dynalite wants to see a signature and looks no further; ours was checked at the door.
    authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    'x-amz-date': '20260101T000000Z',
    host: 'dynamodb.local',
  };
}

/** A null that stands for nothing is left out; one inside of a value would end dynalite, and so would a value without a floor. */
function checked(input: Readonly<Record<string, unknown>>): object {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
  walk(given, 0);
  return given;
}

/** Dynalite's parser takes four times as long for each parenthesis that turns out wrong; AWS's own limit of the length is beside it. */
const [LENGTH, PARENTHESES] = [4096, 4];

function checkExpression(name: string, expression: string): void {
  const refused = (why: string) => new AwsError('ValidationException', `Invalid ${name}: ${why}`);
  if (expression.length > LENGTH) throw refused(`Expression size has exceeded the maximum allowed size; limit ${LENGTH}`);
  let open = 0;
  for (const sign of expression.match(/[()]/g) ?? []) {
    open += sign === '(' ? 1 : -1;
    if (open > PARENTHESES) throw refused(`more than ${PARENTHESES} parentheses in each other are not read here`);
    if (open < 0) break;
  }
  if (open !== 0) throw refused('Syntax error; the parentheses do not pair');
}

const DEPTH = 100;

function walk(value: unknown, depth: number): void {
  if (value === null) throw new AwsError('SerializationException', 'a value inside of the body is null');
  if (typeof value !== 'object') return;
  if (depth > DEPTH) throw new AwsError('ValidationException', 'Nesting Levels have exceeded supported limits');
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && name.endsWith('Expression')) checkExpression(name, inner);
    walk(inner, depth + 1);
  }
}

/** Every table that a request touches. */
function tablesOf(input: Readonly<Record<string, unknown>>): readonly string[] {
  const { RequestItems: items, TableName: table = '' } = input;
  if (typeof items === 'object' && items !== null) return Object.keys(items);
  return [String(table)];
}
