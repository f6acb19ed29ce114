/**
 * The entry of a table for a key that may come from outside: a referring site, a stored state, a part of an address. Undefined when
 * the table has none of its own, also for `constructor`, `__proto__` and whatever else every object inherits. A test
 * (foreign-keys.test.ts) refuses tables that are read by such a key without it.
 */
export const lookUp = <T>(table: Readonly<Record<string, T>>, key: string | number): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
