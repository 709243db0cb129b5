using System.Numerics;
using CsCheck;
using Rondo.Cli.Api;
using Rondo.Sdk;
using ServerNames = Rondo.Mlflow.Wire.Names;

namespace Rondo.Tests.Sdk.Tracking;

public sealed class TrackedRulesTests
{
    public static TheoryData<Action<TrackedRun>, string> Mistakes =>
        new()
        {
            { run => run.Metric("", 1), "'' cannot be the key of a metric." },
            { run => run.Metric("loss?", 1), "'loss?' cannot be the key of a metric." },
            { run => run.Metric("/loss", 1), "'/loss' cannot be the key" },
            { run => run.Metric("a//b", 1), "'a//b' cannot be the key" },
            { run => run.Metric("..", 1), "'..' cannot be the key" },
            { run => run.Metric(new string('a', 251), 1), "has more than 250 characters" },
            { run => run.Param("a b\n", 1), "cannot be the key of a param" },
            {
                run => run.Param("a", new string('x', 6001)),
                "The value of the param 'a' has more than 6000 characters"
            },
            { run => run.Tag("a", new string('x', 8001)), "The value of the tag 'a' has more than 8000 characters" },
            { run => run.Tag("a", "x\0"), "has a character of code 0" },
            { run => run.Params("text"), "String has no entry, public property or field that is simple" },
            {
                run => run.Params(new { Inner = new object() }),
                "has no entry, public property or field that is simple"
            },
            { run => run.Params(new { Good = 1, Long = new string('x', 6001) }), "more than 6000 characters" },
            { run => run.Metrics(new { Name = "x", Flag = true }), "that is a number" },
            { run => run.Metrics(new Dictionary<string, double>()), "that is a number" },
            {
                run => run.Metrics(new Dictionary<string, double> { ["good"] = 1, ["b?d"] = 2 }),
                "'b?d' cannot be the key"
            },
            { run => run.Artifact("not-there.bin"), "There is no file or folder" },
            { run => run.Artifact(""), "an artifact has at least one letter" },
            { run => run.Artifact(" "), "an artifact has at least one letter" },
            { run => run.Artifact(null!), "an artifact has at least one letter" },
            { run => run.Artifact("a\0b"), "has a character of code 0" },
            {
                run => run.Params(new HalfRead()),
                "The property 'Rate' of HalfRead cannot be read: InvalidOperationException: not fitted yet"
            },
            { run => run.Metrics(new HalfRead()), "The property 'Rate' of HalfRead cannot be read" },
            { run => run.Dataset("", "d", "s"), "The name of a dataset has at least one letter." },
            {
                run => run.Dataset("n", new string('d', 37), "s"),
                "The digest of a dataset has more than 36 characters"
            },
            { run => run.Child(" "), "The name of a run has at least one letter." },
        };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task A_mistake_is_told_to_the_caller_and_nothing_of_it_is_logged(
        Action<TrackedRun> mistake,
        string words
    )
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        var error = Assert.Throws<RondoException>(() => mistake(run));
        Assert.Contains(words, error.Message);
        Assert.True(await run.FlushAsync());

        var data = (await place.RunAsync(run.Id)).GetProperty("data");
        Assert.False(data.TryGetProperty("metrics", out _));
        Assert.False(data.TryGetProperty("params", out _));
    }

    [Fact]
    public void Every_kind_of_number_is_a_metric_and_nothing_else_is()
    {
        var found = TrackedMembers.Metrics(
            new
            {
                Half = (Half)1.5,
                Single = 2.5f,
                Decimal = 3.5m,
                Byte = (byte)4,
                Native = (nint)(-5),
                NativeUnsigned = (nuint)6,
                Huge = Int128.MinValue,
                HugeUnsigned = (UInt128)8,
                Any = new BigInteger(9),
                Endless = BigInteger.Pow(10, 400),
                Missing = (Half?)null,
                Flag = true,
                Letter = 'x',
                Day = DayOfWeek.Friday,
                Text = "1",
            }
        );

        Assert.Equal(
            [1.5, 2.5, 3.5, 4, -5, 6, -Math.Pow(2, 127), 8, 9, double.PositiveInfinity],
            found.Select(m => m.Value)
        );
        Assert.Equal(
            [("Half", "1.5"), ("Any", "9")],
            TrackedMembers.Params(new { Half = (Half)1.5, Any = new BigInteger(9) }, "")
        );
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("/top")]
    [InlineData("a//b")]
    [InlineData("c:/x")]
    [InlineData("a\\b")]
    public async Task An_artifact_cannot_lead_out_of_its_run(string folder)
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        Assert.Throws<RondoException>(() => run.Artifact(place.Write("f.txt", "x"), folder));
    }

    [Fact]
    public async Task A_param_keeps_its_value_and_the_same_again_is_nothing()
    {
        await using var place = await TrackedPlace.StartAsync();
        await using var run = place.Run();
        run.Param("rate", 0.1);
        run.Param("rate", "0.1");
        var error = Assert.Throws<RondoException>(() => run.Params(new { rate = 0.2, other = 1 }));
        Assert.Contains("'rate' of this run is '0.1' and cannot become '0.2'", error.Message);
        Assert.True(await run.FlushAsync());
        Assert.Equal(new Dictionary<string, string> { ["rate"] = "0.1" }, await place.ParamsAsync(run.Id));
        Assert.Equal(0, run.Dropped);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(" ", null)]
    [InlineData("demand", "")]
    public void Names_that_say_nothing_are_refused(string experiment, string? name) =>
        Assert.Throws<RondoException>(() => TrackedRun.Start(experiment, name));

    [Fact]
    public void A_key_is_taken_here_where_the_server_takes_it()
    {
        var letters = Gen.OneOf(Gen.Char["ab_-. :/"], Gen.Char, Gen.Char["\n\\é\u0301\u2040\u0660Ⅷ"]);
        letters
            .Array[0, 6]
            .Select(chars => new string(chars))
            .Sample(
                key =>
                    Assert.Equal(
                        Takes(() => ServerNames.CheckKey(key, "key")),
                        Takes(() => TrackingRules.CheckKey(key, "metric"))
                    ),
                iter: 20_000
            );
    }

    [Theory]
    [InlineData("\U00020BB7", true)]
    [InlineData("\U0001D4B3/x", true)]
    [InlineData("\U0001F600", false)]
    [InlineData("\ud842", false)]
    public void A_letter_of_two_halves_is_a_letter(string key, bool taken)
    {
        Assert.Equal(taken, Takes(() => ServerNames.CheckKey(key, "key")));
        Assert.Equal(taken, Takes(() => TrackingRules.CheckKey(key, "metric")));
    }

    [Fact]
    public void The_address_is_the_one_that_is_named_first()
    {
        Assert.Equal("http://b:2/", Address(("RONDO_SERVER", "http://b:2/"), ("MLFLOW_TRACKING_URI", "http://c:3")));
        Assert.Equal("https://c:3/", Address(("RONDO_SERVER", ""), ("MLFLOW_TRACKING_URI", "https://user:word@c:3/")));
        Assert.Equal(
            "http://a:1/",
            new TrackingSettings { Server = new Uri("http://a:1") }
                .Resolved()
                .Server!.ToString()
        );
    }

    [Theory]
    [InlineData("file:///x", "'file:///x' (RONDO_SERVER) is not the address of a server")]
    [InlineData("ftp://user:word@host:1", "'…@host:1' (RONDO_SERVER) is not the address")]
    [InlineData("user:word@host:1", "'…@host:1' (RONDO_SERVER) is not the address")]
    [InlineData("http://b:2/path", "'http://b:2/path' (RONDO_SERVER) has a path")]
    [InlineData("http://b:2/?a=b", "has a path, and a server answers at its root only")]
    [InlineData("http://user:word@b:2/path", "Write it as http://b:2, where")]
    public void An_address_that_cannot_be_is_refused_with_words_and_without_its_password(string address, string words)
    {
        var ours = Assert.Throws<RondoException>(() => Address(("RONDO_SERVER", address)));
        Assert.Contains(words, ours.What + ours.Mend);
        Assert.DoesNotContain("word@", ours.ToString());
        var command = Assert.Throws<RondoException>(() => ServerAddress.Find(address));
        Assert.Equal(ours.What.Replace("RONDO_SERVER", "--server"), command.What);
    }

    [Fact]
    public void A_command_does_not_carry_the_password_of_an_address_on() =>
        Assert.Equal("http://b:2/", ServerAddress.Find("http://user:word@b:2").AbsoluteUri);

    private static string Address(params (string Name, string Value)[] variables) =>
        new TrackingSettings { Variable = name => variables.FirstOrDefault(v => v.Name == name).Value }
            .Resolved()
            .Server!.ToString();

    private static bool Takes(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (Exception e) when (e is RondoException || e.GetType().Name == "Refusal")
        {
            return false;
        }
    }

    private sealed class HalfRead
    {
        public int Depth => 3;

        public double Rate => throw new InvalidOperationException("not fitted yet");
    }
}
