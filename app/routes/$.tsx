import { ErrorPage } from "~/ui/shell/error-page";

/** Any address that no other route knows. A route of its own, so that the 404 page still knows who is signed in. */
export function loader() {
  throw new Response("There is no such page.", { status: 404, statusText: "Not Found" });
}

export default function NoSuchPage() {
  return <ErrorPage status={404} />;
}
