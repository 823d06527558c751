/** A template that a host renders for itself (`template: jinja` of `cmd.run`): its own grains and settings are its own words, so nothing is tainted. */
import { defaultSettings } from '../settings.ts';
import { Dict, type Value } from '../value.ts';
import { Evaluator } from './jinja/evaluate.ts';
import { joined } from './jinja/frame.ts';
import { plain } from './jinja/text.ts';
import { saltFunctions } from './salt-functions.ts';

function ownId(context: Dict): string | null {
  const opts = context.get('opts');
  const id = opts instanceof Dict ? opts.get('id') : undefined;
  return typeof id === 'string' ? id : null;
}

/** Throws `jinja.…`. `context` holds `grains`, `opts`, `pillar`. */
export async function renderOnHost(text: string, context: Dict): Promise<string> {
  const grains = context.get('grains') ?? new Dict();
  const named = Object.fromEntries([...context].map(([name, value]) => [String(name), value])) as Record<string, Value>;
  const evaluator = new Evaluator(
    { load: () => undefined, now: Date.now(), random: Math.random },
    { ...named, salt: saltFunctions({ id: ownId(context), grains, nodegroups: {} }, defaultSettings) },
  );
  return plain(joined(evaluator.render(text, '<template>')));
}
