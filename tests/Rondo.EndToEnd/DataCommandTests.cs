using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary><c>rondo data</c> and <c>rondo schema</c> on the example's file and on a broken copy of each kind; no server is there.</summary>
public sealed class DataCommandTests : IDisposable
{
    private static readonly string s_rows = Path.Combine(Checkout.Example, "data", "chicago.csv");

    private static readonly string s_program = Path.Combine(Checkout.Artifacts, "bin", "Cli", "release", "rondo.dll");

    private static readonly Lazy<Task> s_built = new(() => Shell.RondoAsync(Path.GetTempPath(), "--version"));

    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-data-").FullName;

    private string Schema => Path.Combine(_folder, "chicago.schema.json");

    private CancellationToken Cancellation { get; } = TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Requirement", "R23")]
    public async Task The_example_s_file_is_described_and_its_oddities_are_found()
    {
        var page = Path.Combine(_folder, "page.html");
        var result = await RondoAsync("data", "profile", s_rows, "--target", "ridership", "--html", page);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("5,698 rows, 50 columns", result.Out, StringComparison.Ordinal);
        Assert.Contains(
            "goes from 4.6 to 406.2, though half of it lies between 13.8 and 19.6",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.Matches("Cubs_Away +Cubs_Home +1", result.Out);
        Assert.Matches("Clark_Lake +0.88 +spearman", result.Out);
        Assert.StartsWith("<!doctype html>", await File.ReadAllTextAsync(page, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R23")]
    public async Task A_file_larger_than_the_memory_that_there_is_is_described_whole()
    {
        const long heap = 160L << 20;
        var file = Path.Combine(_folder, "large.csv");
        var rows = await WriteAsync(file, heap + (16 << 20));
        await s_built.Value;

        var result = await Shell.RunAsync(
            _folder,
            "env",
            FormattableString.Invariant($"DOTNET_GCHeapHardLimit={heap:X}"),
            "dotnet",
            s_program,
            "data",
            "profile",
            file,
            "--output",
            "json"
        );

        Assert.True(result.ExitCode == 0, result.ToString());
        var statistics = JsonDocument.Parse(result.Out).RootElement.GetProperty("statistics");
        Assert.Equal(rows, statistics.GetProperty("rows").GetInt64());
        // So many different rows that it is not kept which they are.
        Assert.InRange(rows, 4_000_001, long.MaxValue);
        var number = statistics.GetProperty("columns")[0];
        Assert.Equal((rows - 1) / 2.0, number.GetProperty("numbers").GetProperty("mean").GetDouble(), 6);
    }

    private async Task<long> WriteAsync(string file, long bytes)
    {
        await using var writer = new StreamWriter(file);
        await writer.WriteLineAsync("number,text,share,day");
        var rows = 0L;
        for (var written = 0L; written < bytes; rows++)
        {
            var line = FormattableString.Invariant(
                $"{rows},text {rows},{rows % 1000 / 1000.0},2024-01-{(rows % 28) + 1:00}"
            );
            await writer.WriteLineAsync(line.AsMemory(), Cancellation);
            written += line.Length + 1;
        }

        return rows;
    }

    [Theory]
    [Trait("Requirement", "R36")]
    [InlineData("header", 1, "missing column 'temp'")]
    [InlineData("type", 1, "column 'temp' in broken.csv holds Text, expected Number")]
    [InlineData("range", 0, "column 'Austin' in broken.csv is outside 0 or more")]
    [InlineData("missing", 1, "column 'Austin' in broken.csv lacks values: 57 of 5698 rows")]
    [InlineData("lines", 0, "57 lines held back; line 2: 1 fields, but the header has 50")]
    [InlineData("empty", 1, "broken.csv is empty")]
    public async Task A_broken_copy_of_each_kind_says_what_is_broken(string kind, int exitCode, string message)
    {
        await InferAsync();
        var broken = Path.Combine(_folder, "broken.csv");
        await File.WriteAllLinesAsync(
            broken,
            Broken(kind, await File.ReadAllLinesAsync(s_rows, Cancellation)),
            Cancellation
        );

        var good = await RondoAsync("data", "validate", s_rows, "--schema", Schema);
        var bad = await RondoAsync("data", "validate", broken, "--schema", Schema, "--output", "json");

        Assert.True(good.ExitCode == 0, good.ToString());
        Assert.Equal(exitCode, bad.ExitCode);
        var messages = JsonDocument.Parse(bad.Out).RootElement.GetProperty("anomalies").EnumerateArray();
        Assert.Contains(
            messages,
            anomaly => anomaly.GetProperty("message").GetString()!.Contains(message, StringComparison.Ordinal)
        );
    }

    [Fact]
    [Trait("Requirement", "R32")]
    public async Task A_change_of_the_schema_is_accepted_and_then_the_file_is_valid()
    {
        await InferAsync();
        var later = Path.Combine(_folder, "later.csv");
        await File.WriteAllLinesAsync(
            later,
            Broken("range", await File.ReadAllLinesAsync(s_rows, Cancellation)),
            Cancellation
        );

        var accepted = await RondoAsync("schema", "accept", later, "--schema", Schema);
        var valid = await RondoAsync("data", "validate", later, "--schema", Schema);
        var again = await RondoAsync("schema", "infer", later, "--schema", Schema);

        Assert.Matches("Austin +-5 or more", accepted.Out);
        Assert.True(
            valid.ExitCode == 0 && valid.Out.Contains("as chicago expects", StringComparison.Ordinal),
            valid.ToString()
        );
        Assert.Equal(4, again.ExitCode);
        Assert.Contains(
            "\"Austin\": { \"type\": \"number\", \"min\": -5 }",
            await File.ReadAllTextAsync(Schema, Cancellation),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(2, "empty.csv has no columns", "data", "compare", "empty.csv", "empty.csv")]
    [InlineData(2, "empty.csv has no columns", "schema", "infer", "empty.csv", "--schema", "new.json")]
    [InlineData(
        3,
        "There is no folder 'nowhere' to write page.html to",
        "data",
        "profile",
        "empty.csv",
        "--html",
        "nowhere/page.html"
    )]
    [InlineData(3, "There is no schema at 'none.json'", "data", "validate", "empty.csv", "--schema", "none.json")]
    public async Task What_is_asked_for_wrongly_is_told_and_writes_nothing(
        int exitCode,
        string words,
        params string[] call
    )
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "empty.csv"), "", Cancellation);

        var result = await RondoAsync(call);

        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Contains("error: " + words, result.Error, StringComparison.Ordinal);
        Assert.Equal(["empty.csv"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName));
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public async Task What_has_moved_stands_first()
    {
        var first = Path.Combine(_folder, "first.csv");
        await File.WriteAllLinesAsync(
            first,
            (await File.ReadAllLinesAsync(s_rows, Cancellation)).Take(500),
            Cancellation
        );

        var result = await RondoAsync("data", "compare", first, s_rows);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Matches("Clinton +0.555 .* moved", result.Out);
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public async Task Limits_are_learned_kept_and_used_again()
    {
        var first = Path.Combine(_folder, "first.csv");
        var lines = await File.ReadAllLinesAsync(s_rows, Cancellation);
        await File.WriteAllLinesAsync(first, lines.Take(2000), Cancellation);
        var later = Path.Combine(_folder, "later.csv");
        await File.WriteAllLinesAsync(later, [lines[0], .. lines[5000..5091]], Cancellation);
        var kept = Path.Combine(_folder, "first.json");

        var learned = await RondoAsync(
            "data",
            "compare",
            first,
            later,
            "--windows",
            "91",
            "--save",
            kept,
            "--together"
        );
        var again = await RondoAsync("data", "compare", kept, later, "--measure", "wasserstein");
        var refused = await RondoAsync("data", "compare", kept, later, "--together");

        Assert.True(learned.ExitCode == 0, learned.ToString());
        Assert.Contains("Limits from 21 windows of 91 rows of the reference", learned.Out, StringComparison.Ordinal);
        Assert.Contains("All columns together: AUC", learned.Out, StringComparison.Ordinal);
        Assert.Matches("Clinton .* above its limit .* values above", again.Out);
        Assert.Contains("By wasserstein, and over all columns at once, moved: ", again.Out, StringComparison.Ordinal);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("first.json holds a summary without rows", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R31")]
    public async Task Expected_distributions_are_inferred_told_and_accepted()
    {
        var part = Path.Combine(_folder, "part.csv");
        var lines = await File.ReadAllLinesAsync(s_rows, Cancellation);
        await File.WriteAllLinesAsync(part, lines.Take(500), Cancellation);
        var inferred = await RondoAsync("schema", "infer", part, "--schema", Schema, "--distributions");
        Assert.True(inferred.ExitCode == 0, inferred.ToString());

        var told = await RondoAsync("data", "validate", s_rows, "--schema", Schema);
        var accepted = await RondoAsync("schema", "accept", s_rows, "--schema", Schema, "--column", "Clinton");
        var after = await RondoAsync("data", "validate", s_rows, "--schema", Schema);

        Assert.Equal(0, told.ExitCode);
        Assert.Contains(
            "column 'Clinton' in chicago.csv is distributed differently",
            told.Out,
            StringComparison.Ordinal
        );
        Assert.Matches("Clinton +is distributed as in these files", accepted.Out);
        Assert.DoesNotContain("column 'Clinton' in chicago.csv is distributed", after.Out, StringComparison.Ordinal);
        Assert.Contains("column 'Polk' in chicago.csv is distributed", after.Out, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R23")]
    public async Task Each_value_of_a_column_is_described_by_itself()
    {
        var days = Path.Combine(_folder, "days.csv");
        await File.WriteAllLinesAsync(days, ["kind,x", "bus,1", "bus,3", "tram,9", ",4"], Cancellation);

        var result = await RondoAsync("data", "profile", days, "--by", "kind");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Matches("bus +2 +50.0 % +x", result.Out);
        Assert.Matches(@"\(missing\) +1 +25.0 % +x", result.Out);
    }

    [Fact]
    public async Task Personal_data_are_found_masked_and_no_finding_once_the_schema_declares_them()
    {
        var people = Path.Combine(_folder, "people.csv");
        var schema = Path.Combine(_folder, "people.schema.json");
        await File.WriteAllTextAsync(people, "id,mail\n1,ada@example.org\n2,bob@example.org\n", Cancellation);
        await File.WriteAllTextAsync(
            schema,
            """{"name":"people","columns":{"id":{"type":"integer"},"mail":{"type":"text","personal":"email"}}}""",
            Cancellation
        );

        var found = await RondoAsync("data", "scan", people);
        var document = await RondoAsync("data", "scan", people, "--output", "json");
        var declared = await RondoAsync("data", "scan", people, "--schema", schema);
        var example = await RondoAsync("data", "scan", s_rows);

        Assert.Equal((1, 1, 0, 0), (found.ExitCode, document.ExitCode, declared.ExitCode, example.ExitCode));
        Assert.Matches("mail +email +100.0 % +high", found.Out);
        Assert.DoesNotContain("ada@", found.Out + document.Out + declared.Out, StringComparison.Ordinal);
        var finding = JsonDocument.Parse(document.Out).RootElement.GetProperty("findings")[0];
        Assert.Equal("email", finding.GetProperty("kind").GetString());
        Assert.Contains("No personal data was found in 5,698 rows", example.Out, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "R26")]
    public async Task Rows_are_left_out_by_a_recipe_and_the_record_says_why()
    {
        var recipe = Path.Combine(_folder, "recipe.json");
        var (target, record) = (Path.Combine(_folder, "warm.csv"), Path.Combine(_folder, "record.json"));
        await File.WriteAllTextAsync(
            recipe,
            """{"name":"warm","steps":[{"step":"range","column":"temp","min":50,"reason":"only warm days"}]}""",
            Cancellation
        );

        var curated = await RondoAsync(
            "data",
            "curate",
            s_rows,
            "--recipe",
            recipe,
            "--out",
            target,
            "--record",
            record
        );
        var kind = await RondoAsync("data", "curate", s_rows, "--recipe", recipe, "--out", target + ".xlsx");
        var itself = await RondoAsync("data", "curate", target, "--recipe", recipe, "--out", target);
        await File.WriteAllTextAsync(
            recipe,
            """{"name":"x","steps":[{"step":"range","column":"nope","min":1,"reason":"r"}]}""",
            Cancellation
        );
        var halfWay = await RondoAsync(
            "data",
            "curate",
            s_rows,
            "--recipe",
            recipe,
            "--out",
            Path.Combine(_folder, "not.csv")
        );
        await File.WriteAllTextAsync(
            recipe,
            """{"name":"x","steps":[{"step":"frobnicate","reason":"r"}]}""",
            Cancellation
        );
        var unknown = await RondoAsync("data", "curate", s_rows, "--recipe", recipe, "--out", target);

        Assert.True(curated.ExitCode == 0, curated.ToString());
        Assert.Contains("only warm days", curated.Out, StringComparison.Ordinal);
        var counts = JsonDocument.Parse(await File.ReadAllTextAsync(record, Cancellation)).RootElement;
        var rows = (await File.ReadAllLinesAsync(target, Cancellation)).Length - 1;
        Assert.Equal(rows, counts.GetProperty("rowsOut").GetInt32());
        Assert.Equal(5698, rows + counts.GetProperty("steps")[0].GetProperty("removed").GetInt32());
        Assert.Equal((2, 2, 2, 2), (kind.ExitCode, itself.ExitCode, halfWay.ExitCode, unknown.ExitCode));
        Assert.Contains("the rows that are left out would be lost", itself.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder, "not.csv*"));
        Assert.Contains("There is no 'frobnicate' in a recipe", unknown.Error, StringComparison.Ordinal);
    }

    // The launcher looks each time whether there is something to build: once is enough.
    private async Task<Shell.Result> RondoAsync(params string[] arguments)
    {
        await s_built.Value;
        return await Shell.RunAsync(_folder, "dotnet", [s_program, .. arguments]);
    }

    private async Task InferAsync()
    {
        var inferred = await RondoAsync("schema", "infer", s_rows, "--schema", Schema);
        Assert.True(inferred.ExitCode == 0, inferred.ToString());
    }

    private static IEnumerable<string> Broken(string kind, string[] lines) =>
        kind switch
        {
            "header" => [lines[0].Replace("\"temp\"", "\"temperature\"", StringComparison.Ordinal), .. lines[1..]],
            "type" => [lines[0], .. lines[1..].Select(line => Cell(line, Index(lines[0], "temp"), "warm"))],
            "range" => [lines[0], .. Some(lines, line => Cell(line, 1, "-5"))],
            "missing" => [lines[0], .. Some(lines, line => Cell(line, 1, ""))],
            "lines" => [lines[0], .. Some(lines, _ => "cut")],
            _ => [],
        };

    private static IEnumerable<string> Some(string[] lines, Func<string, string> change) =>
        lines[1..].Select((line, i) => i % 100 == 0 ? change(line) : line);

    private static int Index(string header, string column) => Array.IndexOf(header.Split(','), $"\"{column}\"");

    private static string Cell(string line, int column, string value)
    {
        var cells = line.Split(',');
        cells[column] = value;
        return string.Join(',', cells);
    }
}
