using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>models card</c>: what people say of a model, beside what is known of it.</summary>
internal static class ModelCardCommand
{
    private static readonly string[] s_texts =
    [
        "owner",
        "intendedUses",
        "outOfScopeUses",
        "risk",
        "riskReason",
        "trainingData",
        "evaluation",
        "fairness",
        "caveats",
    ];

    private static readonly Column[] s_ofPipelines =
    [
        new("trained on", row => Words.Span(row, "version.dataFrom", "version.dataTo")),
        new("test", row => Words.Figures(row.At("version.testMetrics"))),
    ];

    private static readonly Column[] s_ofClients =
    [
        Column.Of("source", "version.source"),
        Column.Of("run", "version.runId"),
        Column.Of("description", "version.description"),
        new("loaded as", row => Words.Names(row.At("version.files.description.flavors"))),
    ];

    private static readonly Argument<string> s_model = new("model");

    private static readonly Option<long?> s_version = new("--version-number", "-v")
    {
        Description = "The version whose figures stand beside it (else the default one).",
    };

    private static readonly Option<string[]> s_set = new("--set")
    {
        Description =
            "Write a text: NAME=TEXT; may be given several times. An empty text removes it. A name that no card has stands in 'more'.",
    };

    private static readonly Option<string?> s_html = new("--html")
    {
        Description = "Write the card as one page of HTML to this file.",
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "card",
            "The model card: read it, write it, or make a page of it.",
            RunAsync,
            s_model,
            s_version,
            s_set,
            s_html,
            GlobalOptions.Environment
        );

    private static async Task RunAsync(Invocation call)
    {
        WrittenFile.Require(call.Get(s_html));
        var path =
            $"{await call.ModelPathAsync(call.Get(s_model))}/card?environment={call.Get(GlobalOptions.Environment)}";
        if (call.Get(s_set) is { Length: > 0 } texts)
        {
            await WriteAsync(call, path, texts);
        }

        var version = call.Get(s_version) is { } number ? $"&version={number}" : "";
        if (call.Get(s_html) is { } file)
        {
            WrittenFile.Write(file, await call.Api.GetTextAsync(path + version + "&format=html", call.Cancellation));
            call.Screen.Done(new { file }, $"The card is in [bold]{file}[/].");
            return;
        }

        Show(call, await call.Api.GetAsync(path + version, call.Cancellation));
    }

    private static async Task WriteAsync(Invocation call, string path, IReadOnlyList<string> texts)
    {
        var now = await call.Api.GetAsync(path, call.Cancellation);
        var card = JsonNode.Parse(now.At("card.card")!.Value.GetRawText())!.AsObject();
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"'{text}' sets no text of the card.",
                    $"Write --set NAME=TEXT, NAME being one of {string.Join(", ", s_texts)}, or a name of your own."
                );
            }

            Set(card, text[..equals], text[(equals + 1)..]);
        }

        await call.Api.PutAsync(path, new { card, basedOn = (long)now.Number("card.revision")! }, call.Cancellation);
    }

    private static void Set(JsonObject card, string name, string text)
    {
        var place = card;
        if (!s_texts.Contains(name, StringComparer.Ordinal))
        {
            if (card["more"] is not JsonObject)
            {
                card["more"] = new JsonObject();
            }

            place = card["more"]!.AsObject();
        }

        if (text.Length == 0)
        {
            place.Remove(name);
        }
        else
        {
            place[name] = text;
        }
    }

    private static void Show(Invocation call, JsonElement view)
    {
        var card = view.At("card.card")!.Value;
        Column[] more =
        [
            .. (card.At("more")?.EnumerateObject() ?? default).Select(text => new Column(
                text.Name,
                _ => text.Value.GetString()
            )),
        ];
        call.Screen.Details(
            view,
            [
                Column.Of("model", "model"),
                new Column(
                    "version",
                    row => row.Text("version.version") + Words.After(", ", row.Text("version.state"))
                ),
                Column.Of("revision", "card.revision"),
                new Column(
                    "edited",
                    row => Times.Short(row.At("card.editedAt")) + Words.After(" by ", row.Text("card.editedBy"))
                ),
                .. s_texts.Select(name => Column.Of(name, "card.card." + name)),
                .. more,
                .. view.Text("version.source") is null ? s_ofPipelines : s_ofClients,
            ]
        );
    }
}
