using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Kubeflow;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>The verbs of a compiled project.</summary>
internal sealed class AppCommands(MlApp app, IReadOnlyList<string> args)
{
    private const int Stopped = 4;

    private const int Cancelled = 130;

    private const string Help = """
        usage: dotnet run -- [verb]

          run [pipeline]      runs a pipeline here, without a server (the default verb)
              --sample        reads the sample files of the datasets
              --data NAME=FILES   reads a dataset from a file, a folder or a pattern; may be repeated
              --set NAME=VALUE    sets a parameter of the pipeline; may be repeated
              --partition KEY     the partition that the run is for
              --answer NAME=VALUE answers a question of the pipeline; may be repeated
              --secret NAME=VALUE gives a secret; may be repeated. Or set RONDO_SECRET_NAME
              --fresh         runs every step again
              --resume RUN    goes on from a run that did not succeed: what it computed is not computed again
              --at-once N     how many steps run at once (default: 2)
              --folder PATH   where results are kept (default: ./.rondo/local)
              --output json   prints one JSON document instead of a table
          explain [run] [step]    says why each step of a run was computed or not, and what had changed
              --folder PATH, --output json
          manifest            prints what the project declares, as JSON; runs nothing
          step FILE           runs one attempt, as step.json describes it; writes result.json
          worker --pipe NAME  takes attempts from a named pipe until it closes
          kfp-step            runs one container of a pipeline that 'rondo export kfp' wrote
          help                prints this

        exit codes: 0 done, 1 a step failed, 2 something is declared or called wrongly, 3 not found,
        4 a step stopped the run (schema skew, for example), 130 cancelled with Ctrl+C
        """;

    public async Task<int> RunAsync()
    {
        var output = Console.Out;
        try
        {
            // A program may end with a pipeline or a host name as its first argument only if that is no verb.
            var verb = args.Count > 0 && !args[0].StartsWith('-') ? args[0] : "run";
            var rest = args.Count > 0 && args[0] == verb ? args.Skip(1).ToList() : [.. args];
            return verb switch
            {
                "manifest" => PrintManifest(output),
                "step" => await StepAsync(rest),
                "worker" => await WorkerAsync(rest),
                "kfp-step" => await ExitCodeAsync(
                    await new KfpStep(app, TimeProvider.System, Console.Out).RunAsync(rest)
                ),
                "run" => await LocalAsync(rest, output),
                "explain" => Print(output, LocalExplainCommand.Run(rest)),
                "help" => Print(output, Help),
                _ when app.Pipelines.Any(pipeline => pipeline.Name == verb) => await LocalAsync([.. args], output),
                _ => throw Usage($"There is no verb '{verb}'."),
            };
        }
        catch (RondoException e)
        {
            await Console.Error.WriteLineAsync("error: " + e.Message);
            return e.ExitCode;
        }
    }

    private int PrintManifest(TextWriter output) =>
        Print(output, JsonSerializer.Serialize(app.ToManifest(), RondoJson.Indented));

    private async Task<int> StepAsync(List<string> rest)
    {
        if (rest.Count != 1)
        {
            throw Usage("The verb 'step' takes the path of one step.json.");
        }
        var runner = new StepRunner(app, TimeProvider.System, Console.Out);
        var (result, _) = await runner.RunFileAsync(rest[0]);
        return await ExitCodeAsync(result);
    }

    private static async Task<int> ExitCodeAsync(StepResult result)
    {
        if (result.Outcome != StepOutcome.Succeeded)
        {
            await Console.Error.WriteLineAsync($"{result.Outcome}: {result.Message} {result.Mend}".TrimEnd());
        }
        return result.Outcome switch
        {
            StepOutcome.Succeeded => 0,
            StepOutcome.Stopped => Stopped,
            _ => 1,
        };
    }

    private async Task<int> WorkerAsync(List<string> rest)
    {
        if (rest is not ["--pipe", var name])
        {
            throw Usage("The verb 'worker' takes --pipe NAME.");
        }
        using var worker = new Worker(
            secrets => new StepRunner(app, TimeProvider.System, Console.Out)
            {
                Secrets = secrets,
                ErrorLog = Console.Error,
            },
            WorkerSurroundings.OfProcess()
        );
        return await worker.RunAsync(name);
    }

    private async Task<int> LocalAsync(List<string> rest, TextWriter output)
    {
        var options = LocalOptions.Parse(rest);
        app.Check();
        // A program that reads the JSON must get nothing else: what steps print goes to the other stream.
        using var terminal = new LocalTerminal(options.Json ? Console.Error : output, options.Json);
        using var stop = new LocalStop(terminal.Writer);
        Console.SetOut(terminal.Writer);
        LocalRun run;
        try
        {
            var runner = new LocalRunner(app, options, TimeProvider.System, Console.Out)
            {
                Progress = terminal.Writer,
                Ask = terminal.CanAsk ? terminal.AskAsync : null,
                Redirect = Console.SetOut,
            };
            run = await runner.RunAsync(stop.Requested);
        }
        finally
        {
            Console.SetOut(output);
        }
        Print(output, options.Json ? JsonSerializer.Serialize(run, RondoJson.Indented) : LocalReport.Of(run));
        return run.State switch
        {
            LocalState.Succeeded => 0,
            LocalState.Stopped => Stopped,
            LocalState.Cancelled => Cancelled,
            _ => 1,
        };
    }

    private static int Print(TextWriter output, string text)
    {
        output.WriteLine(text);
        output.Flush();
        return 0;
    }

    private static RondoException Usage(string what) =>
        new(ErrorCode.InvalidArgument, what, "Call it with 'help' to see how.");
}
