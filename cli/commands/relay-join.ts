/** `brine relay join`: one string with which a minion needs nothing else. `--relay` tells the platform of a relay first. */
import { expectOk } from '../../client/run-job.ts';
import { BrineError } from '../../core/errors.ts';
import { makeJoin, parseJoin } from '../../trust/join.ts';
import { identityOf } from '../../trust/keys.ts';
import { toBase64Url } from '../../trust/transcript.ts';
import { act } from '../acting.ts';
import { EXIT, type Run } from '../command.ts';
import { secondsOf } from '../numbers.ts';

export const run: Run = async (context, _args, options) => {
  const { operator } = act(context, options);
  const relays = ((options.relay ?? []) as readonly string[]).map(parseRelay);
  const expires = secondsOf(options, 'expires');
  const asked = { action: 'key', op: 'join', ...(relays.length > 0 && { relays }), ...(expires !== undefined && { expires }) };
  let text = String(expectOk(await operator.call(asked, context.signal)).more.get('join'));
  if (options.token !== undefined) {
    const seed = crypto.getRandomValues(new Uint8Array(32));
    const ids = typeof options.token === 'string' ? options.token : '*';
    // Only the public half leaves this process with the request; the seed is in the string alone.
    expectOk(
      await operator.call(
        { action: 'key', op: 'token', match: ids, key: identityOf(seed).key, ...(expires !== undefined && { expires }) },
        context.signal,
      ),
    );
    text = makeJoin({ ...parseJoin(text, Date.now()), token: toBase64Url(seed) });
  }
  context.stdout.write(`${text}\n`);
  return EXIT.ok;
};

function parseRelay(text: string): { push: string; sub: string; key: string; name?: string } {
  if (text.trim().startsWith('{')) {
    const { push, sub, key, name } = readLine(text);
    if (push && sub && key) return { push, sub, key, ...(name && { name }) };
  }
  const found = /^(tcp:\/\/[^,]+),(tcp:\/\/[^,]+),(.{40})(?:,([A-Za-z0-9_-]{1,32}))?$/.exec(text);
  const [, push, sub, key, name] = found ?? [];
  if (push && sub && key) return { push, sub, key, ...(name && { name }) };
  throw new BrineError({
    code: 'usage.argument',
    text: `--relay wants push,sub,key or push,sub,key,name, found ${JSON.stringify(text)}`,
    hint: 'the line that brine relay start prints, in quotes: --relay \'{"push":…}\'',
  });
}

function readLine(text: string): Record<string, string | undefined> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return {};
  }
}
