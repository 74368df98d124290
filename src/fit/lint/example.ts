import { utf8 } from '../../binary/index.ts';
import { compileSource, type LoadFile, writeBlob } from '../../devicetree/index.ts';
import { readTrust } from '../key-node.ts';
import { openFit } from '../open.ts';
import { type LintFinding, lintFit } from './lint.ts';
import type { LintExample } from './rule.ts';

/** A small image tree in which no rule finds more than the note that the format has no version. */
export const exampleTree = `/dts-v1/;

/ {
	description = "example";
	#address-cells = <1>;

	images {
		kernel: kernel-1 {
			description = "kernel";
			type = "kernel";
			arch = "arm64";
			os = "linux";
			compression = "none";
			load = <0x40080000>;
			entry = <0x40080000>;
			data = "kernel";
			kernel_hash: hash-1 {
				algo = "sha256";
			};
		};
		fdt: fdt-1 {
			description = "device tree";
			type = "flat_dt";
			arch = "arm64";
			compression = "none";
			data = "device tree";
			hash-1 {
				algo = "sha256";
			};
		};
	};

	configurations {
		default = "conf-1";
		conf: conf-1 {
			description = "board";
			compatible = "acme,board";
			kernel = "kernel-1";
			fdt = "fdt-1";
			signature: signature-1 {
				algo = "sha256,ecdsa256";
				key-name-hint = "dev";
				sign-images = "kernel", "fdt";
				hashed-nodes = "/", "/configurations/conf-1", "/images/kernel-1", "/images/kernel-1/hash-1",
					"/images/fdt-1", "/images/fdt-1/hash-1";
				value = [00];
			};
		};
	};
};
`;

/** A control tree that requires the key of the example; the key is the base point of P-256, whose private key is 1. */
export const exampleControl = `/dts-v1/;

/ {
	signature {
		key_dev: key-dev {
			required = "conf";
			algo = "sha256,ecdsa256";
			key-name-hint = "dev";
			ecdsa,curve = "prime256v1";
			ecdsa,x-point = [6b17d1f2 e12c4247 f8bce6e5 63a440f2 77037d81 2deb33a0 f4a13945 d898c296];
			ecdsa,y-point = [4fe342e2 fe1a7f9b 8ee7eb4a 7c0f9e16 2bce3357 6b315ece cbb64068 37bf51f5];
		};
	};
};
`;

/** What lint finds in an example. */
export function lintExample({ tree = '', control, board, files = {} }: LintExample): LintFinding[] {
  const fit = openFit(compile(exampleTree + tree, files));
  const blob = control === undefined ? undefined : compile(exampleControl + control);
  return lintFit(fit, blob === undefined ? undefined : readTrust(blob), { control: blob, board });
}

function compile(source: string, files: NonNullable<LintExample['files']> = {}): Uint8Array {
  const load: LoadFile = ({ name }) => ({ name, bytes: compile(files[name] ?? '') });
  return writeBlob(compileSource(utf8(source), { file: 'example.its', load }));
}
