/** A program that fails. The tests look for the line of the `throw` in its stack trace. */
interface Reason {
  message: string;
}

function fail({ message }: Reason): never {
  throw new Error(message);
}

fail({ message: "on purpose" });
