/** Salt's colors by its names: each sequence resets first. */
const CODES = {
  DARK_GRAY: '0;1;30',
  RED: '0;31',
  LIGHT_RED: '0;1;31',
  GREEN: '0;32',
  LIGHT_GREEN: '0;1;32',
  LIGHT_YELLOW: '0;1;33',
  BLUE: '0;34',
  LIGHT_BLUE: '0;1;34',
  MAGENTA: '0;35',
  LIGHT_MAGENTA: '0;1;35',
  CYAN: '0;36',
  LIGHT_GRAY: '0;37',
  WHITE: '0;1;37',
} as const;

export type Color = keyof typeof CODES;

/** Text in a color, or as it is where none are wanted. */
export type Paint = (color: Color, text: string) => string;

export function paintOf(color: boolean): Paint {
  return color ? (name, text) => `\u001b[${CODES[name]}m${text}\u001b[0;0m` : (_name, text) => text;
}
