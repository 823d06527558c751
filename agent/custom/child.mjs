// A custom module in a process of its own: the question comes as JSON on standard input, the answer is the last line after a mark. What the
// module prints goes to standard error, so that it is never taken for its return. Plain JavaScript, since Node 20 runs nothing else by itself.
import { readFileSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { kind, mark, name, args, context } = JSON.parse(readFileSync(0, 'utf8'));

process.stdout.write = process.stderr.write.bind(process.stderr);

function answer(value) {
  const bytes = Buffer.from(`\n${mark}${JSON.stringify(value)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
  process.exit(0);
}

/** Maps and sets as JSON has them; what it has no form for is an error and not left out. */
function plain(_key, value) {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (typeof value === 'bigint') {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new TypeError(`${value} is too large for JSON`);
  }
  if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`a ${typeof value} has no form in JSON`);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} has no form in JSON`);
  return value;
}

function functionsOf(module) {
  return Object.entries(module).flatMap(([name, value]) => {
    if (name === 'default' || name.startsWith('_')) return [];
    if (typeof value === 'function') return [[name, value, value]];
    return typeof value?.run === 'function' ? [[name, value, value.run]] : [];
  });
}

function describe([name, { doc, example, parameters, varargs, keywords }]) {
  const known = Array.isArray(parameters);
  return {
    name,
    doc: typeof doc === 'string' ? doc : '',
    ...(typeof example === 'string' && { example }),
    parameters: known
      ? parameters.map((one) => ({
          name: String(one?.name),
          ...(one?.type !== undefined && { type: String(one.type) }),
          ...(one?.default !== undefined && { default: one.default }),
        }))
      : [],
    // Without a schema everything is passed on as it came.
    varargs: varargs === true || !known,
    keywords: keywords === true || !known,
  };
}

async function call(module) {
  const found = functionsOf(module).find(([one]) => one === name);
  if (!found) throw new ReferenceError(`there is no function '${name}'`);
  let retcode = 0;
  const setRetcode = (code) => {
    retcode = Number(code) || 0;
  };
  const given = { ...context, setRetcode };
  const [, spec, run] = found;
  const value = Array.isArray(spec.parameters) ? await run(args.values, given) : await run(...args.positional, args.named, given);
  const text = JSON.stringify(value ?? null, plain);
  return { return: JSON.parse(text), retcode };
}

/** Every function's mapping, as Salt merges those of a grains module. */
async function grains(module) {
  const all = {};
  for (const [, , run] of functionsOf(module)) Object.assign(all, await run({}, context));
  return { return: JSON.parse(JSON.stringify(all, plain)) };
}

try {
  const module = await import(pathToFileURL(process.argv[2]).href);
  if (kind === 'describe') answer({ functions: functionsOf(module).map(describe) });
  answer(kind === 'grains' ? await grains(module) : await call(module));
} catch (error) {
  const known = error instanceof Error;
  const lines = known ? String(error.stack).split('\n') : [];
  const where = lines.filter((line) => line.includes(process.argv[2])).map((line) => line.trim().slice(0, 200));
  answer({
    error: { name: known ? error.name : '', message: known ? error.message : String(error), where: where.slice(0, 3) },
  });
}
