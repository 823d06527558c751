/**
 * The calls that every event and every job cost, past the client's middleware, which is four fifths of their CPU (docs/performance.md). The first
 * call of a kind goes through the client and shows how it is made; those after it are signed and sent alike, with the client's own credentials,
 * region and connections. Whatever is not answered with 200 is left to the client itself: its retries, its clock, its errors.
 */
import { SignatureV4 } from '@smithy/signature-v4';

/** What is used of a client of AWS's JSON protocols. */
interface JsonClient {
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of each client's own send
  send: (...args: any[]) => any;
  readonly config: unknown;
  readonly middlewareStack: unknown;
}

interface ClientConfig {
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
  readonly region: ConstructorParameters<typeof SignatureV4>[0]['region'];
  readonly sha256: ConstructorParameters<typeof SignatureV4>[0]['sha256'];
  readonly requestHandler: {
    handle(request: object, options: object): Promise<{ response: { statusCode: number; body: AsyncIterable<Uint8Array> } }>;
  };
  /** Milliseconds that the client has learned its clock to be wrong by. */
  readonly systemClockOffset: number;
}

interface Shown {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface MiddlewareStack {
  add(middleware: (next: Next, context: { readonly commandName?: string }) => Next, options: object): void;
}
type Next = (args: { readonly request: Shown }) => Promise<unknown>;

interface AnyCommand {
  readonly input: object;
}

interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

const made = new WeakMap<JsonClient, JsonClient['send']>();

/** The client's `send`, for commands whose input is JSON as it stands: texts, numbers, lists and mappings. One for each client. */
export function shortcut<C extends JsonClient>(client: C, service: string): C['send'] {
  const send = made.get(client) ?? makeShortcut(client, service);
  made.set(client, send);
  return send;
}

function makeShortcut(client: JsonClient, service: string): JsonClient['send'] {
  const { credentials, region, sha256, requestHandler } = client.config as ClientConfig;
  const signer = new SignatureV4({ credentials, region, sha256, service });
  const shown = new Map<unknown, Shown>();
  (client.middlewareStack as MiddlewareStack).add(
    (next, context) => (args) => {
      if (context.commandName !== undefined) shown.set(context.commandName, args.request);
      return next(args);
    },
    { step: 'finalizeRequest', name: 'brineShortcut', priority: 'low' },
  );

  const straight = async (like: Shown, command: AnyCommand, { abortSignal }: SendOptions): Promise<unknown> => {
    const { protocol, hostname, port, path } = like;
    const body = JSON.stringify(command.input);
    const headers: Record<string, string> = { host: port === undefined ? hostname : `${hostname}:${port}` };
    for (const name of ['content-type', 'x-amz-target']) headers[name] = like.headers[name] ?? '';
    const { systemClockOffset } = client.config as ClientConfig;
    const request = { method: 'POST', protocol, hostname, ...(port !== undefined && { port }), path, query: {}, headers, body };
    const signed = await signer.sign(request, { signingDate: new Date(Date.now() + systemClockOffset) });
    const { response } = await requestHandler.handle(signed, abortSignal ? { abortSignal } : {});
    const text = await read(response.body);
    return response.statusCode === 200 ? JSON.parse(text) : undefined;
  };

  return async (command: AnyCommand, options: SendOptions = {}) => {
    const like = shown.get(command.constructor.name);
    if (like) {
      const answer = await straight(like, command, options).catch((error: unknown) => {
        if (options.abortSignal?.aborted) throw error;
      });
      if (answer !== undefined) return answer;
    }
    return client.send(command, options);
  };
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new TextDecoder().decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
}
