using Rondo;
using Rondo.Server;

// The server by itself, for containers and services; people start it with "rondo up".
try
{
    var options = ServerArguments.Parse(args);
    await using var host = await ServerHost.StartAsync(options);
    await Console.Out.WriteLineAsync($"Rondo listens on {host.Address.ToString().TrimEnd('/')}");
    await host.WaitForShutdownAsync();
    return 0;
}
catch (RondoException e)
{
    await Console.Error.WriteLineAsync("error: " + e.Message);
    return e.ExitCode;
}
