using System.Text;
using Rondo.Sdk.Processes;

namespace Rondo.Tests.Sdk.Processes;

public sealed class OutputLinesTests
{
    [Fact]
    public void Lines_are_told_as_they_end_and_the_last_one_without_an_end()
    {
        Assert.Equal(["one", "", "two", "three"], Lines("one\n\ntwo\r\n", "thr", "ee"));
    }

    [Fact]
    public void A_line_without_end_is_cut_and_what_is_missing_is_counted()
    {
        var lines = new List<string>();
        var output = new OutputLines(lines.Add);
        for (var i = 0; i < 1000; i++)
        {
            output.Take(Encoding.UTF8.GetBytes(new string('x', 1000)));
        }
        output.Take("\nnext\n"u8);

        Assert.Equal(2, lines.Count);
        Assert.Equal(new string('x', OutputLines.LineBytesMax) + "… (992000 more bytes)", lines[0]);
        Assert.Equal("next", lines[1]);
    }

    [Fact]
    public void Bytes_that_are_no_text_and_control_characters_do_no_harm()
    {
        var lines = new List<string>();
        var output = new OutputLines(lines.Add);

        output.Take([0, 1, (byte)'a', 0xff, (byte)'\t', 27, (byte)'b', (byte)'\n']);

        Assert.Equal(["a\ufffd\tb"], lines);
    }

    [Fact]
    public void A_carriage_return_starts_the_line_again_as_on_a_screen()
    {
        Assert.Equal(["100 %", "done"], Lines("10 %\r50 %\r", "100 %\r\ndone"));
    }

    private static List<string> Lines(params string[] pieces)
    {
        var lines = new List<string>();
        var output = new OutputLines(lines.Add);
        foreach (var piece in pieces)
        {
            output.Take(Encoding.UTF8.GetBytes(piece));
        }
        output.End();
        return lines;
    }
}
