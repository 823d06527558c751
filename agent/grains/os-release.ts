/** `/etc/os-release`, `lsb-release` and `centos-release` → Salt's grains of the distribution, by the way that Salt takes without its `lsb_release` module. */
import { splitWords } from '../modules/split-words.ts';
import { familyOf, OS_NAMES } from './os-names.ts';

export interface ReleaseFiles {
  readonly 'os-release'?: string;
  readonly 'lsb-release'?: string;
  readonly 'centos-release'?: string;
}

type Fields = Readonly<Record<string, string | undefined>>;

export interface OsGrains {
  readonly [name: string]: string | bigint | (string | bigint)[];
}

export function osGrains(files: ReleaseFiles): OsGrains {
  const release: Fields = files['os-release'] === undefined ? {} : { NAME: 'Linux', ...fieldsOf(files['os-release']) };
  const lsb = { ...lsbOf(files['lsb-release'] ?? '') };
  const named: { os?: string; full?: string } = {};
  if (release.NAME !== undefined) {
    named.os = nameOf(release.NAME, release.ID);
    named.full = release.NAME.trim();
  }
  if (lsb.id === undefined) Object.assign(lsb, lsbFromRelease(release));
  Object.assign(named, suseNames(release, lsb));
  const full = named.full ?? lsb.id ?? 'Linux';
  const os = named.os ?? nameOf(full, release.ID);
  // CentOS leaves its minor release out of os-release.
  if (/CentOS Linux [78]/.test(lsb.codename ?? '')) delete lsb.release;
  const osrelease = (lsb.release ?? bestVersion(release, files['centos-release'])).trim();
  if (/Rocky|AlmaLinux/.test(os)) lsb.codename = /\(([^)]*)\)/.exec(lsb.codename ?? '')?.[1] ?? lsb.codename;
  const own = release.VERSION_CODENAME ?? /\((\D+)\)/.exec(release.VERSION ?? '')?.[1] ?? '';
  const codename = lsb.codename?.trim() || own;
  return {
    os,
    os_family: familyOf(os),
    osfullname: full,
    ...(osrelease !== '' && { osrelease }),
    oscodename: codename.includes('Red Hat') ? own : codename,
    ...(osrelease !== '' && releaseGrains({ os, full, osrelease })),
    ...Object.fromEntries(
      Object.entries(lsb).flatMap(([name, text]) => (text === undefined ? [] : [[`lsb_distrib_${name}`, text]])),
    ),
  };
}

interface Lsb {
  id?: string | undefined;
  release?: string | undefined;
  codename?: string | undefined;
  description?: string | undefined;
}

function lsbFromRelease({ NAME, VERSION_ID, VERSION_CODENAME, PRETTY_NAME }: Fields): Lsb {
  const codename = VERSION_CODENAME ?? PRETTY_NAME;
  return {
    ...(NAME !== undefined && { id: NAME.trim() }),
    ...(VERSION_ID !== undefined && { release: VERSION_ID }),
    ...(codename !== undefined && { codename }),
  };
}

function suseNames({ CPE_NAME = '', NAME, VERSION }: Fields, lsb: Lsb): { os?: string; full?: string } {
  const [, vendor = '', version] = /^cpe:\/o:([^:]*):[^:]*:([^:]*)/.exec(CPE_NAME) ?? [];
  if (!/^(open)?suse$/i.test(vendor)) return {};
  if (version && vendor === 'opensuse') lsb.release = version;
  if (NAME === 'openSUSE Leap') return { os: 'SUSE', full: 'Leap' };
  return { os: 'SUSE', ...(VERSION === 'Tumbleweed' && { full: VERSION }) };
}

/** `distro`'s: the longest version that any file tells. */
function bestVersion({ VERSION_ID = '', PRETTY_NAME = '' }: Fields, centos: string | undefined): string {
  const versions = [VERSION_ID, ...[PRETTY_NAME, centos ?? ''].map((text) => /\d+(\.\d+)*/.exec(text)?.[0] ?? '')];
  return versions.reduce((best, version) => (version.split('.').length > best.split('.').length ? version : best));
}

const NAMES: Readonly<Record<string, string>> = {
  'astra Astra Linux (Orel)': 'AstraLinuxCE',
  'astra Astra Linux (Smolensk)': 'AstraLinuxSE',
  'pop Pop!_OS': 'Pop',
};

function nameOf(full: string, id: string | undefined): string {
  const special = NAMES[`${id} ${full}`];
  if (special !== undefined) return special;
  const name = full.replace(/\W(?:gnu\/)?linux/gi, '').trim();
  const short = name.replaceAll(' ', '').toLowerCase().slice(0, 10);
  return (Object.hasOwn(OS_NAMES, short) ? OS_NAMES[short] : undefined) ?? name;
}

function releaseGrains({ os, full, osrelease }: { os: string; full: string; osrelease: string }): OsGrains {
  const info = osrelease.split('.').map((part) => (/^\d+$/.test(part) ? BigInt(part) : part));
  const first = info[0] as string | bigint;
  const name = /^(Debian|FreeBSD|OpenBSD|NetBSD|Mac|Raspbian|AlmaLinux)$/.test(os) ? os : full;
  return {
    osrelease_info: info,
    ...(typeof first === 'bigint' && { osmajorrelease: first }),
    osfinger: `${name}-${/^(Ubuntu|Pop|NixOS)$/.test(os) ? osrelease : first}`,
  };
}

/** `NAME="value"` with a shell's quotes. */
function fieldsOf(text: string): Fields {
  const fields: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const found = /^([A-Z][A-Z_0-9]*)=(.*)$/.exec(line.trim());
    if (found) fields[found[1] as string] = unquoted(found[2] as string);
  }
  return fields;
}

function unquoted(text: string): string {
  try {
    return splitWords(text)[0] ?? '';
  } catch {
    return text; // an odd quote: as it stands
  }
}

function lsbOf(text: string): Lsb {
  const lsb: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const found = /^DISTRIB_(ID|RELEASE|CODENAME|DESCRIPTION)=['"]?([\w\s.\-_]+)/.exec(line);
    if (found) lsb[(found[1] as string).toLowerCase()] = (found[2] as string).trimEnd();
  }
  return lsb;
}
