/** What the agent is told by its settings (`config.ts` reads them). */
import type { Dict } from '../core/value.ts';
import type { FileLimits, ModuleContext, ModuleSettings } from './modules/module.ts';
import type { RedactRules } from './redact.ts';

export interface AgentSettings {
  readonly allow: readonly string[];
  /** Where commands run unless they say. */
  readonly workDir: string;
  readonly shellByDefault: boolean;
  /** Megabytes that a custom module may take; 0: as much as there is. */
  readonly moduleMemory?: number;
  /** Seconds that running jobs get when the agent is told to end. */
  readonly stopTimeout: number;
  /** Seconds between two polls of the queue while a relay can ring and nobody does; 300 unless said. */
  readonly backstop?: number;
  /** Static grains in YAML, as Salt's `/etc/salt/grains`; absent: none. */
  readonly grainsFile?: string;
  /** Executables that print grains; absent: none. */
  readonly grainsDir?: string;
  /** Reverse look-ups for the grain `fqdns`, and the grain `ec2`. */
  readonly fqdns?: boolean;
  readonly ec2?: boolean;
  /** What never leaves the host. */
  readonly redact?: RedactRules;
  /** Minutes between two readings of the grains; 0: when somebody asks. */
  readonly grainsEvery?: number;
  readonly commands?: ModuleContext['commands'];
  /** Where `file.*` may read, write and remove, and how much. */
  readonly files?: FileLimits;
  /** What `config.get` shows beside the id. */
  readonly shown?: Dict;
}

/** What of them a function sees. */
export function moduleSettings(settings: AgentSettings, shown: Dict): ModuleSettings {
  const { workDir, shellByDefault, commands, moduleMemory } = settings;
  return {
    workDir,
    shellByDefault,
    files: settings.files ?? { read: ['/'], write: ['/'], remove: ['/tmp', '/var/tmp', workDir], maxBytes: 10_485_760 },
    shown,
    ...(commands && { commands }),
    ...(moduleMemory !== undefined && { moduleMemory }),
  };
}
