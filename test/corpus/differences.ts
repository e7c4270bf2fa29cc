/** Where two JSON values differ: one line each, `path: actual, not expected`. */
export function differences(actual: unknown, expected: unknown, path = ''): string[] {
  if (isFields(actual) && isFields(expected)) {
    const names = new Set([...Object.keys(actual), ...Object.keys(expected)]);
    return [...names].flatMap((name) => differences(actual[name], expected[name], path === '' ? name : `${path}.${name}`));
  }
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length) {
    return expected.flatMap((item, index) => differences(actual[index], item, `${path}[${index}]`));
  }
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  return found === wanted ? [] : [`${path}:\n    ${found}\n    not ${wanted}`];
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
