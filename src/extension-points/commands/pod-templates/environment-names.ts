const form = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const isName = new RegExp(`^${form}$`);

/** What is wrong with the name of an environment variable by the rules that commands check it with: stricter than a server's. */
export function environmentNameProblems(name: string): readonly string[] {
  const problems: string[] = [];
  if (!isName.test(name))
    problems.push(
      `a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '${form}')`,
    );
  if (name === '.' || name === '..') problems.push(`must not be '${name}'`);
  else if (name.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}
