using System.CommandLine;
using System.Diagnostics;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Pretraining.Pictures;
using ConvNeXt.Pretraining.Probing;
using ConvNeXt.Pretraining.Shards;
using ConvNeXt.Pretraining.Training;

var pictures = new Option<DirectoryInfo>("--pictures") { Description = "Folder of unpacked packages.", Required = true };
var bank = new Option<DirectoryInfo>("--bank") { Description = "Folder of the decoded pictures.", Required = true };
var run = new Option<DirectoryInfo>("--run") { Description = "Folder of the run: shards, checkpoints, weights.", Required = true };
var seed = new Option<long>("--seed") { Description = "Of all that is drawn.", DefaultValueFactory = _ => 1 };
var crops = new Option<int>("--crops") { Description = "Crops in a shard.", DefaultValueFactory = _ => 4096 };

var collect = new Command("collect", "Downloads the packages of the list and unpacks them; nothing is installed.") { pictures };
collect.SetAction(result => PackageCollector.Collect(PicturePackage.ReadAll(), result.GetRequiredValue(pictures).FullName));

var decode = new Command("decode", "Decodes the collected pictures, at bounded sizes, into a bank.") { pictures, bank };
decode.SetAction(result => new BankWriter(result.GetRequiredValue(bank).FullName).Write(PicturePackage.ReadAll(), result.GetRequiredValue(pictures).FullName));

var veil = new Option<double>("--veil") { Description = "Share of the views with a veil of another picture.", DefaultValueFactory = _ => 0.3 };
var check = new Command("check", "Compares the batched teacher with the original file, makes a shard and a sheet of its views, and tells the time it took.") { bank, run, seed, crops, veil };
check.SetAction(result =>
{
    string folder = Directory.CreateDirectory(result.GetRequiredValue(run).FullName).FullName;
    using var maker = new ShardMaker(result.GetRequiredValue(bank).FullName, folder, result.GetValue(seed), result.GetValue(veil));
    Console.WriteLine($"batched teacher against the original: {maker.CompareWithOriginal(0):e2}");
    PreviewSheet.Write(maker, Path.Combine(folder, "views.png"));
    var watch = Stopwatch.StartNew();
    maker.Make(0, result.GetValue(crops), Path.Combine(folder, "check.shard"));
    Console.WriteLine($"{watch.Elapsed.TotalMilliseconds / result.GetValue(crops):0.00} ms a crop");
});

var trainBank = new Option<DirectoryInfo?>("--bank") { Description = "Folder of the decoded pictures, to make shards of." };
var shardsOf = new Option<DirectoryInfo?>("--shards-of") { Description = "Folder of another run whose shards are used instead of --bank; none are made." };
var minutes = new Option<double?>("--minutes") { Description = "How long the whole run may take." };
var seen = new Option<long?>("--seen") { Description = "Pictures that the student sees, instead of --minutes." };
var batch = new Option<int>("--batch") { Description = "Pictures of a step.", DefaultValueFactory = _ => 64 };
var side = new Option<int>("--side") { Description = "Side of the student's pictures: 64, 96 or 128.", DefaultValueFactory = _ => CropRecord.Side };
side.AcceptOnlyFromAmong("64", "96", "128");
var mapWeight = new Option<double>("--map-weight") { Description = "Factor of the loss on the teacher's last map.", DefaultValueFactory = _ => 0.5 };
var hintWeight = new Option<double>("--hint-weight") { Description = "Factor of the loss on the map before it.", DefaultValueFactory = _ => 0.25 };
var shardCount = new Option<int>("--count") { Description = "Shards.", DefaultValueFactory = _ => 6 };
var start = new Option<FileInfo?>("--start") { Description = "Weights to begin with; without, random ones." };
var resume = new Option<bool>("--resume") { Description = "Continues from the run's checkpoint." };
var probe = new Option<DirectoryInfo[]>("--probe") { Description = "Folders of class folders to measure the transfer on, never to train on.", AllowMultipleArgumentsPerToken = true };
var passes = new Option<double>("--passes") { Description = "How often a crop is seen, about.", DefaultValueFactory = _ => 5 };
var rate = new Option<double>("--rate") { Description = "Largest learning rate.", DefaultValueFactory = _ => 2e-3 };
var train = new Command("train", "Makes shards and trains on them until the time is up.") { trainBank, shardsOf, run, minutes, seen, start, resume, probe, seed, crops, passes, rate, batch, side, veil, mapWeight, hintWeight };
train.Validators.Add(result =>
{
    if ((result.GetValue(trainBank) is null) == (result.GetValue(shardsOf) is null)) result.AddError("Give --bank to make shards, or --shards-of to use those of another run.");
    if ((result.GetValue(minutes) is null) == (result.GetValue(seen) is null)) result.AddError("Give --minutes or --seen: how long the run is.");
});
train.SetAction(result =>
{
    using var pretraining = new PretrainingRun(new RunSettings
    {
        Bank = result.GetValue(trainBank)?.FullName,
        Folder = Directory.CreateDirectory(result.GetRequiredValue(run).FullName).FullName,
        Time = result.GetValue(minutes) is { } time ? TimeSpan.FromMinutes(time) : null,
        Start = result.GetValue(start)?.FullName,
        Resume = result.GetValue(resume),
        Probes = [.. (result.GetValue(probe) ?? []).Select(folder => folder.FullName)],
        Seed = result.GetValue(seed),
        CropsPerShard = result.GetValue(crops),
        Passes = result.GetValue(passes),
        LearningRate = result.GetValue(rate),
        Pictures = result.GetValue(seen),
        ShardsOf = result.GetValue(shardsOf)?.FullName,
        BatchSize = result.GetValue(batch),
        Side = result.GetValue(side),
        VeilChance = result.GetValue(veil),
        MapWeight = result.GetValue(mapWeight),
        HintWeight = result.GetValue(hintWeight),
    });
    pretraining.Run();
});

var shards = new Command("shards", "Makes shards for variants of the method, and a file of the held-out photos.") { bank, run, seed, crops, shardCount, veil };
shards.SetAction(result =>
{
    string folder = Directory.CreateDirectory(result.GetRequiredValue(run).FullName).FullName;
    using var maker = new ShardMaker(result.GetRequiredValue(bank).FullName, folder, result.GetValue(seed), result.GetValue(veil));
    maker.MakeHeldOut(HeldOutPictures.FileOf(folder));
    using var pool = new ShardPool(folder, result.GetValue(crops), passes: 1);
    for (int shard = 0; shard < result.GetValue(shardCount); shard++)
    {
        if (!File.Exists(pool.FileOf(shard))) maker.Make(shard, result.GetValue(crops), pool.FileOf(shard));
        Console.WriteLine($"shard {shard}");
    }
});

var weights = new Option<FileInfo[]>("--weights") { Description = "Files of weights to compare.", Required = true, AllowMultipleArgumentsPerToken = true };
var compare = new Command("compare", "Measures weights on the held-out photos of a run and on --probe.") { run, weights, probe };
compare.SetAction(result =>
{
    var heldOut = new HeldOutPictures(result.GetRequiredValue(run).FullName);
    var transfer = new TransferProbe([.. (result.GetValue(probe) ?? []).Select(folder => folder.FullName)]);
    foreach (var file in result.GetRequiredValue(weights))
    {
        var all = WeightFile.ReadAll(file.FullName);
        Console.WriteLine($"{file.Name}: {TransferProbe.Describe(heldOut.Measure(StudentFactory.Config, all), transfer.Measure(StudentFactory.Config, all))}");
    }
});

return new RootCommand("Pretrains ConvNeXt-Atto by distilling a ResNet18 on pictures of free licenses.") { collect, decode, check, shards, train, compare }.Parse(args).Invoke();
