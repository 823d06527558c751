/** A template that a host renders for itself (`template: jinja` of `cmd.run`): its own grains and settings are its own words, so nothing is tainted. */
import { defaultSettings } from '../settings.ts';
import { Dict, type Value } from '../value.ts';
import { Evaluator, joined } from './jinja/evaluate.ts';
import { plain } from './jinja/text.ts';
import { saltFunctions } from './salt-functions.ts';

/** Throws `jinja.…`. `context` holds `grains`, `opts`, `pillar`. */
export async function renderOnHost(text: string, context: Dict): Promise<string> {
  const grains = context.get('grains') ?? new Dict();
  const named = Object.fromEntries([...context].map(([name, value]) => [String(name), value])) as Record<string, Value>;
  const evaluator = new Evaluator(
    { load: () => undefined, now: Date.now(), random: Math.random },
    { ...named, salt: saltFunctions(grains, defaultSettings) },
  );
  return plain(joined(evaluator.render(text, '<template>')));
}
