import type { OptionSpec } from '../../options.ts';

interface Row extends OptionSpec {
  readonly letter: string;
  readonly help: string;
}

const flag = (letter: string, name: string, help: string): Row => ({ letter, name, takesValue: false, help });
const value = (letter: string, name: string, help: string): Row => ({ letter, name, takesValue: true, help });

/** The options of cert_create for the TBBR chain, in the order of its help. */
export const options: readonly Row[] = [
  flag('h', 'help', 'Print this message and exit'),
  value(
    'a',
    'key-alg',
    "Key algorithm: 'rsa' (default)- RSAPSS scheme as per PKCS#1 v2.1, 'ecdsa', 'ecdsa-brainpool-regular', 'ecdsa-brainpool-twisted'",
  ),
  value('b', 'key-size', 'Key size (for supported algorithms).'),
  value('s', 'hash-alg', "Hash algorithm : 'sha256' (default), 'sha384', 'sha512'"),
  flag('k', 'save-keys', 'Save key pairs into files. Filenames must be provided'),
  flag('n', 'new-keys', 'Generate new key pairs if no key files are provided'),
  flag('p', 'print-cert', 'Print the certificates in the standard output'),
  value('', 'tb-fw-cert', 'Trusted Boot FW Certificate (output file)'),
  value('', 'trusted-key-cert', 'Trusted Key Certificate (output file)'),
  value('', 'scp-fw-key-cert', 'SCP Firmware Key Certificate (output file)'),
  value('', 'scp-fw-cert', 'SCP Firmware Content Certificate (output file)'),
  value('', 'soc-fw-key-cert', 'SoC Firmware Key Certificate (output file)'),
  value('', 'soc-fw-cert', 'SoC Firmware Content Certificate (output file)'),
  value('', 'tos-fw-key-cert', 'Trusted OS Firmware Key Certificate (output file)'),
  value('', 'tos-fw-cert', 'Trusted OS Firmware Content Certificate (output file)'),
  value('', 'nt-fw-key-cert', 'Non-Trusted Firmware Key Certificate (output file)'),
  value('', 'nt-fw-cert', 'Non-Trusted Firmware Content Certificate (output file)'),
  value('', 'sip-sp-cert', 'SiP owned Secure Partition Content Certificate (output file)'),
  value('', 'fwu-cert', 'Firmware Update Certificate (output file)'),
  value('', 'rot-key', 'Root Of Trust key (input/output file)'),
  value('', 'trusted-world-key', 'Trusted World key (input/output file)'),
  value('', 'non-trusted-world-key', 'Non Trusted World key (input/output file)'),
  value('', 'scp-fw-key', 'SCP Firmware Content Certificate key (input/output file)'),
  value('', 'soc-fw-key', 'SoC Firmware Content Certificate key (input/output file)'),
  value('', 'tos-fw-key', 'Trusted OS Firmware Content Certificate key (input/output file)'),
  value('', 'nt-fw-key', 'Non Trusted Firmware Content Certificate key (input/output file)'),
  value('', 'tfw-nvctr', 'Trusted Firmware Non-Volatile counter value'),
  value('', 'ntfw-nvctr', 'Non-Trusted Firmware Non-Volatile counter value'),
  value('', 'tb-fw', 'Trusted Boot Firmware image file'),
  value('', 'tb-fw-config', 'Trusted Boot Firmware Config file'),
  value('', 'hw-config', 'HW Config file'),
  value('', 'fw-config', 'Firmware Config file'),
  value('', 'scp-fw', 'SCP Firmware image file'),
  value('', 'soc-fw', 'SoC AP Firmware image file'),
  value('', 'soc-fw-config', 'SoC Firmware Config file'),
  value('', 'tos-fw', 'Trusted OS image file'),
  value('', 'tos-fw-extra1', 'Trusted OS Extra1 image file'),
  value('', 'tos-fw-extra2', 'Trusted OS Extra2 image file'),
  value('', 'tos-fw-config', 'Trusted OS Firmware Config file'),
  value('', 'nt-fw', 'Non-Trusted World Bootloader image file'),
  value('', 'nt-fw-config', 'Non Trusted OS Firmware Config file'),
  value('', 'sp-pkg1', 'Secure Partition Package1 file'),
  value('', 'sp-pkg2', 'Secure Partition Package2 file'),
  value('', 'sp-pkg3', 'Secure Partition Package3 file'),
  value('', 'sp-pkg4', 'Secure Partition Package4 file'),
  value('', 'sp-pkg5', 'Secure Partition Package5 file'),
  value('', 'sp-pkg6', 'Secure Partition Package6 file'),
  value('', 'sp-pkg7', 'Secure Partition Package7 file'),
  value('', 'sp-pkg8', 'Secure Partition Package8 file'),
  value('', 'scp-fwu-cfg', 'SCP Firmware Update Config image file'),
  value('', 'ap-fwu-cfg', 'AP Firmware Update Config image file'),
  value('', 'fwu', 'Firmware Updater image file'),
];

/** What `cert_create --help` prints. */
export function helpText(): string {
  const rows = options.map(({ letter, name, takesValue, help }) => {
    const names = `${letter === '' ? '' : `-${letter},`}--${name}${takesValue ? ' <arg>' : ''}`;
    return `\t${names.padEnd(WIDTH)}${help}\n`;
  });
  return `${HEAD}${rows.join('')}\n`;
}

const WIDTH = 33;

const HEAD = `

The certificate generation tool loads the binary images and
optionally the RSA or ECC keys, and outputs the key and content
certificates properly signed to implement the chain of trust.
If keys are provided, they must be in PEM format.
Certificates are generated in DER format.

Usage:
	cert_create [OPTIONS]

Available options:
`;
