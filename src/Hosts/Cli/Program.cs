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
catch (OperationCanceledException)
{
    return 130;
}
