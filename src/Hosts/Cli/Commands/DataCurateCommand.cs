using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Output;
using Rondo.Data;
using Column = Rondo.Cli.Output.Column;

namespace Rondo.Cli.Commands;

/// <summary><c>data curate</c>: leaves rows out by a recipe, and says which step left out how many and why. No server is needed.</summary>
internal static class DataCurateCommand
{
    private static readonly Argument<string> s_file = new("file")
    {
        Description = "A CSV, JSON lines or Parquet file, a pattern, or a folder.",
    };

    private static readonly Option<string> s_recipe = new("--recipe")
    {
        Description = "The file of the recipe.",
        Required = true,
    };

    private static readonly Option<string> s_out = new("--out")
    {
        Description = "Where the rows that stay go: a file that ends in .csv or .parquet.",
        Required = true,
    };

    private static readonly Option<string?> s_record = new("--record")
    {
        Description = "Also write the record, as JSON.",
    };

    public static Command Create() =>
        CommandBuilding.Make(
            "curate",
            "Leave rows out by a recipe (filter, range, distinct, sample, cap), each step with its reason.",
            CurateAsync,
            s_file,
            s_recipe,
            s_out,
            s_record
        );

    private static Task CurateAsync(Invocation call)
    {
        var recipe = CurationRecipe.Read(call.Get(s_recipe)!);
        var (target, recordTarget) = (call.Get(s_out)!, call.Get(s_record));
        var isParquet = target.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);
        if (!isParquet && !target.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{target}' is of no kind that is written.",
                "Let --out end in .csv or .parquet."
            );
        }

        WrittenFile.Require(target);
        WrittenFile.Require(recordTarget);
        RequireNoSource(call.Get(s_file), target);
        var source = recipe.Apply(TableSource.Open(call.Get(s_file)));
        call.Screen.Progress($"[grey]Reading {source.Name} …[/]");
        Write(source, target, isParquet);
        if (recordTarget is not null)
        {
            WrittenFile.Write(recordTarget, JsonSerializer.Serialize(source.Record, RondoJson.Indented) + "\n");
        }

        Show(call, source.Record, target);
        return Task.CompletedTask;
    }

    private static void Show(Invocation call, CurationRecord record, string target)
    {
        if (call.Screen.Json)
        {
            call.Screen.Document(record);
            return;
        }

        call.Screen.Table(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{record.RowsOut:N0} of {record.RowsIn:N0} rows stay, in {target}"
            ),
            [.. record.Steps.Select(step => JsonSerializer.SerializeToElement(step, RondoJson.Options))],
            Column.Of("step", "step"),
            Column.Number("left out", "removed"),
            Column.Of("because", "reason")
        );
        if (record.HeldBack > 0)
        {
            call.Screen.Markup($"[yellow]{record.HeldBack} lines could not be read, and are in no count.[/]");
        }
    }

    private static void RequireNoSource(string sources, string target)
    {
        if (TableSource.FilesAt(sources).Any(file => Path.GetFullPath(file) == Path.GetFullPath(target)))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{target}' is read: the rows that are left out would be lost.",
                "Let --out name another file."
            );
        }
    }

    // What is there stays until the new file is whole.
    private static void Write(CuratedSource source, string target, bool isParquet)
    {
        var draft = target + ".new";
        try
        {
            using (var stream = File.Create(draft))
            {
                if (isParquet)
                {
                    Parquet.Write(source, stream);
                }
                else
                {
                    Csv.Write(source.Read(), stream);
                }
            }

            File.Move(draft, target, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
