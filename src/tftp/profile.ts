import type { OptionValues } from './options.ts';
import type { Request } from './packet.ts';

/** The boot loaders that are known by name. */
export const profileNames = ['u-boot', 'raspberry-pi'] as const;

/** One of them, `auto` to go by what a request looks like, or `none`. */
export type ProfileChoice = (typeof profileNames)[number] | 'auto' | 'none';

/** What a boot loader needs that the protocol alone does not tell. */
export interface BootLoaderProfile {
  readonly name: (typeof profileNames)[number];
  /** Why: what was seen, and in which version. */
  readonly because: string;
  /** Whether a request looks like this boot loader's. */
  matches(request: Request, asked: OptionValues): boolean;
  /** The largest window that it survives. */
  readonly windowSize?: number;
  /** Names to try, in order, for the name that it asks for. */
  readonly names?: (name: string) => readonly string[];
}

/** A Raspberry Pi asks for `<serial number or MAC address>/<file>` first and gives up on some files without a second try. */
const BOARD_FOLDER = /^(?:[0-9a-f]{8}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5})\/(.+)$/;

/** The known boot loaders; the first that matches is applied. */
export const PROFILES: readonly BootLoaderProfile[] = [
  {
    name: 'u-boot',
    because: 'windows of 32 blocks and more overrun its virtio-net driver, which then waits for its own time-out',
    matches: (request, asked) =>
      request.kind === 'read' &&
      asked.timeout !== undefined &&
      request.options[0]?.[0] === 'timeout' &&
      request.options[1]?.[0] === 'tsize',
    windowSize: 31,
  },
  {
    name: 'raspberry-pi',
    because: 'it asks below a folder named for the board; files shared by all boards lie above it',
    matches: (request) => request.kind === 'read' && BOARD_FOLDER.test(request.name),
    names: (name) => [name, name.replace(BOARD_FOLDER, '$1')],
  },
];

/** The profile of a request: by its name where one is given, by what the request looks like with `auto`. */
export function profileOf(choice: ProfileChoice, request: Request, asked: OptionValues): BootLoaderProfile | undefined {
  if (choice === 'auto') return PROFILES.find((profile) => profile.matches(request, asked));
  return PROFILES.find(({ name }) => name === choice);
}
