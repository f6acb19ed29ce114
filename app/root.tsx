import interBold from "@fonts/inter-bold-common.woff2?url";
import inter from "@fonts/inter-common.woff2?url";
import literata from "@fonts/literata-common.woff2?url";
import type { LinksFunction, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import {
  isRouteErrorResponse,
  Links,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  useRouteError,
  useRouteLoaderData,
} from "@remix-run/react";
import { type ReactNode, useContext } from "react";
import "./app.css";
import { currentUser } from "~/auth/current-user";
import { GuardedPanels } from "~/ui/panel-boundary";
import { ErrorPage } from "~/ui/shell/error-page";
import { useNonce } from "~/ui/shell/nonce";
import { type PageStyle, usePageStyle } from "~/ui/shell/page-style";
import { SiteFooter } from "~/ui/shell/site-footer";
import { PAGES, SiteHeader } from "~/ui/shell/site-header";
import { THEME_SCRIPT } from "~/ui/shell/theme";
import { UnopenedPageNotice } from "~/ui/shell/unopened-page-notice";

export const links: LinksFunction = () => [
  { rel: "icon", href: "/favicon.ico", sizes: "48x48" },
  { rel: "icon", href: "/favicon.svg", type: "image/svg+xml", sizes: "any" },
  { rel: "apple-touch-icon", href: "/apple-touch-icon.png" },
  { rel: "manifest", href: "/site.webmanifest" },
];

/** The cuts that every page of a style sets; without the hint, the browser finds them only in the stylesheet. */
const FONTS: Record<PageStyle, string[]> = { reader: [literata, inter], console: [inter, interBold] };

/** The signed-in person, for the header of every page. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const user = await currentUser(context, request);
  return { user: user && { name: user.name, role: user.role } };
}

/** The title of an error page; every other page has its own. */
export const meta: MetaFunction = ({ error }) => {
  if (!error) return [{ title: "Tidemark" }];
  const status = statusOf(error);
  return [
    { title: status === 404 ? "Page not found · Tidemark" : `Error ${status} · Tidemark` },
    { name: "robots", content: "noindex" },
  ];
};

/** The document around every page. Around an error page, the loader data may be missing. */
export function Layout({ children }: { children: ReactNode }) {
  const nonce = useNonce();
  const pageStyle = usePageStyle();
  const data = useRouteLoaderData<typeof loader>("root");
  return (
    // The theme script changes <html> before React hydrates it, so a difference is expected.
    <html
      lang="en-GB"
      data-page-style={pageStyle}
      data-guarded={useContext(GuardedPanels) || undefined}
      suppressHydrationWarning
    >
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <Meta />
        <script
          nonce={nonce}
          suppressHydrationWarning
          // biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of our own
          dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }}
        />
        {FONTS[pageStyle].map((href) => (
          <link key={href} rel="preload" href={href} as="font" type="font/woff2" crossOrigin="anonymous" />
        ))}
        <Links />
        <noscript>
          <style>{".needs-script{display:none}.shown-without-script{display:flex}"}</style>
        </noscript>
      </head>
      <body>
        <a
          href="#content"
          className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-20 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2"
        >
          Skip to content
        </a>
        <SiteHeader person={data?.user ?? null} pageStyle={pageStyle} />
        <div id="content">{children}</div>
        {pageStyle === "reader" && <SiteFooter />}
        <UnopenedPageNotice />
        <ScrollRestoration nonce={nonce} />
        <Scripts nonce={nonce} />
      </body>
    </html>
  );
}

export default function App() {
  return <Outlet />;
}

export function ErrorBoundary() {
  const error = useRouteError();
  const user = useRouteLoaderData<typeof loader>("root")?.user;
  const reason = isRouteErrorResponse(error) && typeof error.data === "string" ? error.data : undefined;
  return <ErrorPage status={statusOf(error)} reason={reason} home={user && PAGES[user.role]} />;
}

const statusOf = (error: unknown) => (isRouteErrorResponse(error) ? error.status : 500);
