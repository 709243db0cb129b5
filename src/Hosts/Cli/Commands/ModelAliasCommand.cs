using System.CommandLine;
using Rondo.Cli.Api;

namespace Rondo.Cli.Commands;

/// <summary><c>models alias</c>: which version a name means.</summary>
internal static class ModelAliasCommand
{
    private static readonly Argument<string> s_model = new("model");
    private static readonly Argument<string> s_alias = new("alias") { Description = "The name, such as champion." };

    private static readonly Argument<long?> s_number = new("version")
    {
        Description = "The number of the version that it is to mean.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> s_remove = new("--remove") { Description = "Remove it." };

    public static Command Create() =>
        CommandBuilding.Make(
            "alias",
            "Let an alias mean a version, or remove it.",
            RunAsync,
            s_model,
            s_alias,
            s_number,
            s_remove,
            GlobalOptions.Environment
        );

    private static async Task RunAsync(Invocation call)
    {
        var (model, alias, remove) = (call.Get(s_model), call.Get(s_alias), call.Get(s_remove));
        var number = call.Optional(s_number);
        if (remove == number.HasValue)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                remove ? "An alias is removed whatever it means." : "Which version is it to mean?",
                $"Either name a version (rondo models alias {model} {alias} 4), or say --remove."
            );
        }

        var path = $"{await call.ModelPathAsync(model)}/aliases/{Segment.Of(alias)}";
        var environment = call.Get(GlobalOptions.Environment);
        if (number is { } version)
        {
            await call.Api.PutAsync(path, new { version, environment }, call.Cancellation);
            call.Screen.Done(
                new
                {
                    model,
                    alias,
                    version,
                },
                $"[bold]{alias}[/] of {model} means version {version}."
            );
            return;
        }

        await call.Api.DeleteAsync($"{path}?environment={environment}", call.Cancellation);
        call.Screen.Done(new { model, alias }, $"[bold]{alias}[/] of {model} is removed.");
    }
}
