/** Where TF-A's chains of trust have their object identifiers: arm(4128).trustedfirmware(2100). */
const CHAIN_ARC = '1.3.6.1.4.1.4128.2100';

/** What an extension of a chain's certificate holds, and what it is about. */
export type ChainExtension =
  /** A counter that only ever grows: an older certificate is refused once the device has seen a newer one. */
  | { readonly kind: 'counter'; readonly id: number; readonly counter: CounterName }
  /** The digest of an image. */
  | { readonly kind: 'hash'; readonly id: number; readonly image: string }
  /** The key that signs other certificates. */
  | { readonly kind: 'key'; readonly id: number; readonly key: string };

/** The name of a rollback counter, as TF-A calls it. */
export type CounterName = 'tfw-nvctr' | 'ntfw-nvctr' | 'ccafw-nvctr';

/** One certificate of a chain. */
export interface ChainCertificate {
  /** The image that it is in a FIP, and the option that names its file. */
  readonly image: string;
  readonly commonName: string;
  /** The key that signs it. */
  readonly signedBy: string;
  /** In the order in which they stand. */
  readonly extensions: readonly ChainExtension[];
}

/** A chain of trust: which key signs which certificate, and what that vouches for. */
export interface ChainOfTrust {
  readonly name: ChainName;
  readonly title: string;
  /** Keys by the option that names their file, with what a person calls them. */
  readonly keys: Readonly<Record<string, string>>;
  /** The keys that the device itself trusts, by their hash. */
  readonly roots: readonly string[];
  readonly certificates: readonly ChainCertificate[];
  /** Images without which their certificate cannot be made. */
  readonly required: readonly string[];
}

/** The name of a chain of trust, as TF-A calls it (`COT`). */
export type ChainName = 'tbbr' | 'dualroot' | 'cca';

const counter = (id: number, name: CounterName): ChainExtension => ({ kind: 'counter', id, counter: name });
const hash = (id: number, image: string): ChainExtension => ({ kind: 'hash', id, image });
const key = (id: number, name: string): ChainExtension => ({ kind: 'key', id, key: name });

/** Every extension of the three chains, by the last part of its object identifier. */
const chainExtensions = [
  counter(1, 'tfw-nvctr'),
  counter(2, 'ntfw-nvctr'),
  counter(3, 'ccafw-nvctr'),
  hash(101, 'ap-fwu-cfg'),
  hash(102, 'scp-fwu-cfg'),
  hash(103, 'fwu'),
  hash(201, 'tb-fw'),
  hash(202, 'tb-fw-config'),
  hash(203, 'hw-config'),
  hash(204, 'fw-config'),
  key(302, 'trusted-world-key'),
  key(303, 'non-trusted-world-key'),
  key(501, 'soc-fw-key'),
  hash(603, 'soc-fw'),
  hash(604, 'soc-fw-config'),
  key(701, 'scp-fw-key'),
  hash(801, 'scp-fw'),
  key(901, 'tos-fw-key'),
  hash(1001, 'tos-fw'),
  hash(1002, 'tos-fw-extra1'),
  hash(1003, 'tos-fw-extra2'),
  hash(1004, 'tos-fw-config'),
  key(1101, 'nt-fw-key'),
  key(1102, 'prot-key'),
  key(1103, 'swd-rot-key'),
  key(1104, 'core-swd-key'),
  key(1105, 'plat-key'),
  hash(1106, 'rmm-fw'),
  hash(1201, 'nt-fw'),
  hash(1202, 'nt-fw-config'),
  hash(1301, 'sp-pkg1'),
  hash(1302, 'sp-pkg2'),
  hash(1303, 'sp-pkg3'),
  hash(1304, 'sp-pkg4'),
  hash(1305, 'sp-pkg5'),
  hash(1306, 'sp-pkg6'),
  hash(1307, 'sp-pkg7'),
  hash(1308, 'sp-pkg8'),
] as const satisfies readonly ChainExtension[];

const byId = new Map<number, ChainExtension>(chainExtensions.map((extension) => [extension.id, extension]));

/** The extension with an object identifier; `undefined` where the chains have none. */
export const extensionOfOid = (oid: string): ChainExtension | undefined =>
  oid.startsWith(`${CHAIN_ARC}.`) ? byId.get(Number(oid.slice(CHAIN_ARC.length + 1))) : undefined;

/** The object identifier of an extension. */
export const oidOfExtension = ({ id }: ChainExtension): string => `${CHAIN_ARC}.${id}`;

function certificate(image: string, commonName: string, signedBy: string, ids: readonly number[]): ChainCertificate {
  return { image, commonName, signedBy, extensions: ids.map((id) => byId.get(id)!) };
}

/** The chains of TF-A v2.15 (drivers/auth, tools/cert_create). */
export const chains: Readonly<Record<ChainName, ChainOfTrust>> = {
  tbbr: {
    name: 'tbbr',
    title: 'Trusted Board Boot Requirements',
    keys: {
      'rot-key': 'Root Of Trust key',
      'trusted-world-key': 'Trusted World key',
      'non-trusted-world-key': 'Non Trusted World key',
      'scp-fw-key': 'SCP Firmware Content Certificate key',
      'soc-fw-key': 'SoC Firmware Content Certificate key',
      'tos-fw-key': 'Trusted OS Firmware Content Certificate key',
      'nt-fw-key': 'Non Trusted Firmware Content Certificate key',
    },
    roots: ['rot-key'],
    certificates: [
      certificate('tb-fw-cert', 'Trusted Boot FW Certificate', 'rot-key', [1, 201, 202, 203, 204]),
      certificate('trusted-key-cert', 'Trusted Key Certificate', 'rot-key', [1, 302, 303]),
      certificate('scp-fw-key-cert', 'SCP Firmware Key Certificate', 'trusted-world-key', [1, 701]),
      certificate('scp-fw-cert', 'SCP Firmware Content Certificate', 'scp-fw-key', [1, 801]),
      certificate('soc-fw-key-cert', 'SoC Firmware Key Certificate', 'trusted-world-key', [1, 501]),
      certificate('soc-fw-cert', 'SoC Firmware Content Certificate', 'soc-fw-key', [1, 603, 604]),
      certificate('tos-fw-key-cert', 'Trusted OS Firmware Key Certificate', 'trusted-world-key', [1, 901]),
      certificate('tos-fw-cert', 'Trusted OS Firmware Content Certificate', 'tos-fw-key', [1, 1001, 1002, 1003, 1004]),
      certificate('nt-fw-key-cert', 'Non-Trusted Firmware Key Certificate', 'non-trusted-world-key', [2, 1101]),
      certificate('nt-fw-cert', 'Non-Trusted Firmware Content Certificate', 'nt-fw-key', [2, 1201, 1202]),
      certificate(
        'sip-sp-cert',
        'SiP owned Secure Partition Content Certificate',
        'trusted-world-key',
        [1, 1301, 1302, 1303, 1304, 1305, 1306, 1307, 1308],
      ),
      certificate('fwu-cert', 'Firmware Update Certificate', 'rot-key', [102, 101, 103]),
    ],
    required: ['scp-fw', 'tos-fw', 'nt-fw'],
  },
  dualroot: {
    name: 'dualroot',
    title: 'Dual root',
    keys: {
      'rot-key': 'Root Of Trust key',
      'trusted-world-key': 'Trusted World key',
      'scp-fw-key': 'SCP Firmware Content Certificate key',
      'soc-fw-key': 'SoC Firmware Content Certificate key',
      'tos-fw-key': 'Trusted OS Firmware Content Certificate key',
      'prot-key': 'Platform Root of Trust key',
    },
    roots: ['rot-key', 'prot-key'],
    certificates: [
      certificate('tb-fw-cert', 'Trusted Boot FW Certificate', 'rot-key', [1, 201, 202, 203, 204]),
      certificate('trusted-key-cert', 'Trusted Key Certificate', 'rot-key', [1, 302]),
      certificate('scp-fw-key-cert', 'SCP Firmware Key Certificate', 'trusted-world-key', [1, 701]),
      certificate('scp-fw-cert', 'SCP Firmware Content Certificate', 'scp-fw-key', [1, 801]),
      certificate('soc-fw-key-cert', 'SoC Firmware Key Certificate', 'trusted-world-key', [1, 501]),
      certificate('soc-fw-cert', 'SoC Firmware Content Certificate', 'soc-fw-key', [1, 603, 604]),
      certificate('tos-fw-key-cert', 'Trusted OS Firmware Key Certificate', 'trusted-world-key', [1, 901]),
      certificate('tos-fw-cert', 'Trusted OS Firmware Content Certificate', 'tos-fw-key', [1, 1001, 1002, 1003, 1004]),
      certificate(
        'sip-sp-cert',
        'SiP owned Secure Partition Content Certificate',
        'trusted-world-key',
        [1, 1301, 1302, 1303, 1304],
      ),
      certificate('fwu-cert', 'Firmware Update Certificate', 'rot-key', [102, 101, 103]),
      certificate('nt-fw-cert', 'Non-Trusted Firmware Content Certificate', 'prot-key', [2, 1201, 1202, 1102]),
      certificate(
        'plat-sp-cert',
        'Platform owned Secure Partition Content Certificate',
        'prot-key',
        [2, 1305, 1306, 1307, 1308, 1102],
      ),
    ],
    required: ['tb-fw', 'scp-fw', 'soc-fw', 'tos-fw', 'nt-fw'],
  },
  cca: {
    name: 'cca',
    title: 'Arm Confidential Compute Architecture',
    keys: {
      'rot-key': 'Root Of Trust key',
      'swd-rot-key': 'Secure World Root of Trust key',
      'core-swd-key': 'Core Secure World key',
      'prot-key': 'Platform Root of Trust key',
      'plat-key': 'Platform key',
    },
    roots: ['rot-key', 'swd-rot-key', 'prot-key'],
    certificates: [
      certificate('cca-cert', 'CCA Content Certificate', 'rot-key', [3, 603, 604, 1106, 201, 202, 203, 204]),
      certificate('core-swd-cert', 'Core Secure World Key Certificate', 'swd-rot-key', [1, 1103, 1104]),
      certificate('tos-fw-cert', 'SPMC Content Certificate', 'core-swd-key', [1, 1001, 1004]),
      certificate(
        'sip-sp-cert',
        'SiP owned Secure Partition Content Certificate',
        'core-swd-key',
        [1, 1301, 1302, 1303, 1304],
      ),
      certificate('plat-key-cert', 'Platform Key Certificate', 'prot-key', [2, 1102, 1105]),
      certificate(
        'plat-sp-cert',
        'Platform owned Secure Partition Content Certificate',
        'plat-key',
        [2, 1305, 1306, 1307, 1308],
      ),
      certificate('nt-fw-cert', 'Non-Trusted Firmware Content Certificate', 'plat-key', [2, 1201, 1202]),
    ],
    required: ['tb-fw', 'soc-fw', 'rmm-fw', 'tos-fw', 'nt-fw'],
  },
};

/** The names of the chains. */
export const chainNames = Object.keys(chains) as readonly ChainName[];
