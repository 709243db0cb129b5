using Rondo;
using Rondo.Cli.Commands;

// The one place where an error of a command becomes words and an exit code.
try
{
    return await RootCommands.InvokeAsync(args);
}
catch (RondoException e)
{
    await Console.Error.WriteLineAsync("error: " + e.Message);
    return e.ExitCode;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    // A file or folder of the user's that could not be used: the message names it.
    await Console.Error.WriteLineAsync("error: " + e.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
