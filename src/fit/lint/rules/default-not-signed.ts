import { lintRule, signaturesOf } from '../rule.ts';

/** Only one configuration is signed, so that the unsigned default selects nothing. */
export const defaultNotSigned = lintRule({
  id: 'default-not-signed',
  level: 'note',
  checks: 'Only one configuration is signed, so that the unsigned default selects nothing.',
  texts: {
    why: "The format leaves 'default' unsigned: an attacker can choose among the signed configurations.",
    remedy: 'Sign only what may boot on the device, or name the configuration in the boot command.',
    found: '{count} configurations are signed',
  },
  *check({ configurations }, say) {
    const { length: count } = configurations.filter((node) => signaturesOf(node).length > 0);
    if (count > 1) yield { path: '/configurations', found: say('found', { count }) };
  },
  failing: {
    tree: `&{/configurations} { conf-2 { description = "rescue"; kernel = "kernel-1"; signature-1 { algo = "sha256,ecdsa256"; key-name-hint = "dev"; value = [00]; }; }; };`,
  },
});
