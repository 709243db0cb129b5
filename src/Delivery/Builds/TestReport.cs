using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Rondo.Delivery.Builds;

/// <summary>Reads the XML report of xUnit.net (version 2 and later).</summary>
internal static class TestReport
{
    private const int MessageLinesMax = 6;

    public static async Task<TestCounts> ReadAsync(string file)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            using var reader = XmlReader.Create(
                stream,
                new XmlReaderSettings
                {
                    Async = true,
                    DtdProcessing = DtdProcessing.Prohibit,
                    // Tests may write any character; a report is read all the same.
                    CheckCharacters = false,
                }
            );
            var xml = await XDocument.LoadAsync(reader, LoadOptions.None, CancellationToken.None);
            var assemblies = xml.Descendants("assembly").ToList();
            var failed = assemblies.Sum(assembly => Count(assembly, "failed") + Count(assembly, "errors"));
            return new TestCounts(
                assemblies.Sum(assembly => Count(assembly, "passed")),
                failed,
                failed == 0 ? null : FirstFailure(xml)
            );
        }
        catch (XmlException e)
        {
            throw new BuildFault($"The test report cannot be read: {e.Message}");
        }
    }

    private static long Count(XElement assembly, string name) =>
        long.TryParse(assembly.Attribute(name)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : 0;

    private static string FirstFailure(XDocument xml)
    {
        var test = xml.Descendants("test").FirstOrDefault(element => element.Attribute("result")?.Value == "Fail");
        var name = test?.Attribute("name")?.Value ?? "outside a test";
        var message = (test ?? xml.Root)?.Descendants("message").FirstOrDefault()?.Value ?? "no message";
        var lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return $"{name}: {string.Join(" ", lines.Take(MessageLinesMax))}";
    }
}
