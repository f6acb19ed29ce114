import { ErrorPage } from "~/ui/shell/error-page";

/** Every address without another route. As a route, it has the root loader's data, so the 404 page shows who is logged in. */
export function loader() {
  throw new Response("Page not found.", { status: 404, statusText: "Not Found" });
}

export default function NotFoundPage() {
  return <ErrorPage status={404} />;
}
