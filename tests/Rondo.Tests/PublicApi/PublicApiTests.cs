using System.Reflection;
using PublicApiGenerator;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.PublicApi;

/// <summary>
/// What the packages promise: a text file for each, beside this test. Whoever changes the promise changes the file in the same commit, so
/// that it is seen.
/// </summary>
public sealed class PublicApiTests
{
    private const string Accept = "RONDO_ACCEPT_API";
    private const int DifferencesMax = 40;

    private static readonly ApiGeneratorOptions s_options = new()
    {
        IncludeAssemblyAttributes = false,
        DenyNamespacePrefixes = [],
    };

    [Theory]
    [InlineData("Rondo.Data")]
    [InlineData("Rondo.Evaluation")]
    [InlineData("Rondo.Sdk")]
    [InlineData("Rondo.Testing")]
    [InlineData("Rondo.Conversion")]
    public void The_public_api_of_a_package_is_as_it_was_accepted(string package)
    {
        var file = Path.Combine(Repository.Root, "tests", "Rondo.Tests", "PublicApi", package + ".txt");
        var actual = Lines(Assembly.Load(package).GeneratePublicApi(s_options));
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            File.WriteAllText(file, string.Join('\n', actual) + "\n");
            return;
        }

        var accepted = File.Exists(file) ? Lines(File.ReadAllText(file)) : [];
        Assert.True(actual.SequenceEqual(accepted), Message(package, accepted, actual));
    }

    [Fact]
    public void A_difference_names_the_type_and_what_is_gone_and_new()
    {
        string[] accepted = ["class A", "{", "    int Old();", "    int Same();", "}"];
        string[] actual = ["class A", "{", "    int New();", "    int Same();", "}"];

        var message = Message("Rondo.Data", accepted, actual);

        Assert.Contains("- class A: int Old();", message, StringComparison.Ordinal);
        Assert.Contains("+ class A: int New();", message, StringComparison.Ordinal);
        Assert.Contains(Accept + "=1", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Same", message, StringComparison.Ordinal);
    }

    private static string Message(string package, string[] accepted, string[] actual)
    {
        var (before, after) = (Members(accepted), Members(actual));
        var differences = before
            .Except(after, StringComparer.Ordinal)
            .Select(gone => "- " + gone)
            .Concat(after.Except(before, StringComparer.Ordinal).Select(added => "+ " + added))
            .DefaultIfEmpty("(only the order differs)")
            .Take(DifferencesMax);
        return $"""
            The public API of {package} has changed (- was accepted, + is there now):
            {string.Join('\n', differences)}
            If this is meant, accept it and commit the file with the change:
              {Accept}=1 dotnet run --project tests/Rondo.Tests -- -class {typeof(PublicApiTests).FullName}
            """;
    }

    // Each member behind its type: a bare "int Count { get; }" would not say where it was.
    private static List<string> Members(string[] lines)
    {
        var members = new List<string>();
        var types = new Stack<string>();
        for (var index = 0; index < lines.Length; index++)
        {
            var line = lines[index].Trim();
            var opens = index + 1 < lines.Length && lines[index + 1].Trim() == "{";
            if (opens)
            {
                types.Push(line);
            }
            else if (line == "}")
            {
                types.TryPop(out _);
            }
            else if (line is not ("{" or ""))
            {
                members.Add(types.TryPeek(out var type) ? $"{type}: {line}" : line);
            }
        }

        return members;
    }

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
}
