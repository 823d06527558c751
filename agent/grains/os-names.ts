/** Salt's names of distributions and of their families (`salt/grains/core.py`, 3008.5). */

/** First ten letters of the distribution's name, small and without spaces → `os`; the name itself where it is not here. */
export const OS_NAMES: Readonly<Record<string, string>> = {
  redhatente: 'RedHat',
  gentoobase: 'Gentoo',
  archarm: 'Arch ARM',
  arch: 'Arch',
  debian: 'Debian',
  raspbian: 'Raspbian',
  fedoraremi: 'Fedora',
  chapeau: 'Chapeau',
  korora: 'Korora',
  amazonami: 'Amazon',
  alt: 'ALT',
  enterprise: 'OEL',
  oracleserv: 'OEL',
  cloudserve: 'CloudLinux',
  cloudlinux: 'CloudLinux',
  virtuozzo: 'Virtuozzo',
  almalinux: 'AlmaLinux',
  almalinuxk: 'AlmaLinux',
  pidora: 'Fedora',
  scientific: 'ScientificLinux',
  synology: 'Synology',
  nilrt: 'NILinuxRT',
  poky: 'Poky',
  manjaro: 'Manjaro',
  manjarolin: 'Manjaro',
  univention: 'Univention',
  antergos: 'Antergos',
  sles: 'SUSE',
  void: 'Void',
  slesexpand: 'RES',
  linuxmint: 'Mint',
  neon: 'KDE neon',
  pop: 'Pop',
  rocky: 'Rocky',
  alibabaclo: 'Alinux',
  mendel: 'Mendel',
  photon: 'VMware Photon OS',
};

const FAMILIES: Readonly<Record<string, string>> = {
  RedHat:
    'Fedora,Chapeau,Korora,FedBerry,CentOS,CentOS Stream,GoOSe,Scientific,Amazon,CloudLinux,Virtuozzo,AlmaLinux,AlmaLinux Kitten,OVS,OEL,XCP,XCP-ng,XenServer,RES,Sangoma,VMware Photon OS,AlterOS,RED OS,ALT,ScientificLinux,Rocky,Alinux,openEuler',
  Debian:
    'Ubuntu,Mint,Trisquel,GCEL,Linaro,elementary OS,elementary,Univention,Raspbian,Devuan,antiX,Kali,Parrot OS,neon,Cumulus,Deepin,KDE neon,IDMS,TurnKey,Pop,AstraLinuxCE,AstraLinuxSE,Mendel,OSMC',
  Suse: 'SLES,SUSE Enterprise Server,SUSE  Enterprise Server,SLED,openSUSE,SUSE,openSUSE Leap,openSUSE Tumbleweed,SLES_SAP,alfaLinux,alfaLinux Rise',
  Arch: 'Arch ARM,Manjaro,Manjaro ARM,Antergos,EndeavourOS',
  Mandriva: 'Mandrake',
  VMware: 'VMwareESX',
  Bluewhite: 'Bluewhite64',
  Slackware: 'Slamd64',
  Gentoo: 'Funtoo',
};
const BY_OS = new Map(Object.entries(FAMILIES).flatMap(([family, names]) => names.split(',').map((os) => [os, family] as const)));

/** A distribution that is nobody's relative is a family of its own. */
export function familyOf(os: string): string {
  return BY_OS.get(os) ?? os;
}
