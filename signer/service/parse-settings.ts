import type { Env } from './env.ts';
import type { Platform, Setting } from './setting.ts';
import { SETTINGS, type SettingName, type SettingValues } from './settings-table.ts';

/** The values of the variables, and what is wrong with them. */
export interface ParsedSettings {
  /** The value of each variable. A variable with a fault has its default; a required one that is not set is undefined. */
  values: Partial<SettingValues>;
  /** Names of the variables with a fault. */
  faulty: Set<string>;
  /** One line for each fault: the variable, what is wrong, and how to fix it. Never contains a secret. */
  faults: string[];
  /** Strings that must not appear in any log. */
  secrets: string[];
}

const PLATFORM_NAMES: Record<Platform, string> = { node: 'Node', lambda: 'Lambda', worker: 'Workers' };

const TABLE = Object.entries(SETTINGS) as [SettingName, Setting][];

/** Reads each variable by itself, as the table says, and collects all faults. */
export function parseSettings(env: Env, platform: Platform): ParsedSettings {
  const values: Partial<Record<SettingName, unknown>> = {};
  const faulty = new Set<string>();
  const faults: string[] = [];
  const secrets: string[] = [];
  const addFault = (name: string, fault: string): void => {
    faulty.add(name);
    faults.push(`${name}: ${fault}`);
  };

  for (const [name, setting] of TABLE) {
    values[name] = setting.default;
    const text = env[name]?.trim();
    if (!text) {
      const required = setting.required ?? setting.requiredOn?.[platform];
      if (required) addFault(name, `not set; ${required}`);
      continue;
    }
    const refused = setting.refusedOn?.[platform];
    if (refused) {
      addFault(name, `cannot be used on ${PLATFORM_NAMES[platform]}: ${refused}`);
      continue;
    }
    const result = setting.schema.safeParse(text);
    if (result.success) {
      values[name] = result.data;
      secrets.push(...(setting.secretsIn?.(text) ?? []));
    } else {
      addFault(name, result.error.issues[0]!.message);
    }
  }
  for (const name of Object.keys(env)) {
    // A misspelt limit would be no limit.
    if (name.startsWith('SIGNER_') && !(name in SETTINGS)) {
      addFault(name, 'there is no such setting; check its spelling against the README');
    }
  }
  return { values: values as Partial<SettingValues>, faulty, faults, secrets };
}
