// Where the service is: beside this page. The page's own address may hold a name and a password, as in
// https://reader:password@host/, and fetch takes no address that does.

export function addressOf(path) {
  return new URL(path, location.origin + location.pathname);
}
